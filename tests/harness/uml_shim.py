"""With uml-xstate-shim.so a process may write a traced one's extended state short, as user-mode Linux does."""

import ctypes
import os
import pathlib
import signal
import subprocess
import sys

SHIM = pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve().parent / "images/uml-xstate-shim.so"
TRACEME, PEEKUSER, CONT, GETREGSET, SETREGSET = 0, 3, 7, 0x4204, 0x4205
NT_X86_XSTATE = 0x202
WHOLE = 16384


class Buffer(ctypes.Structure):
    """The kernel's struct iovec."""

    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def traced():
    """What a tracer with the shim finds wrong; text, empty when all is well, None where nobody may trace."""
    libc = ctypes.CDLL(None)
    libc.ptrace.restype = ctypes.c_long
    child = os.fork()
    if child == 0:
        if libc.ptrace(TRACEME, 0, None, None) != 0:
            os._exit(1)
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(0)
    if not os.WIFSTOPPED(os.waitpid(child, 0)[1]):
        return None

    def state(request, content, length):
        space = ctypes.create_string_buffer(content, WHOLE)
        buffer = Buffer(ctypes.addressof(space), length)
        status = libc.ptrace(request, child, ctypes.c_void_p(NT_X86_XSTATE), ctypes.byref(buffer))
        return status, space.raw[: buffer.length]

    wrong = ""
    before = state(GETREGSET, b"", WHOLE)[1]
    # Byte 160 is the first of xmm0; its component is named in use in the header behind the 512 legacy bytes.
    changed = bytearray(before)
    changed[160] ^= 0xFF
    changed[512] |= 2
    if state(SETREGSET, bytes(changed), len(before) - 64)[0] != 0:
        wrong += "a short write is refused\n"
    if state(GETREGSET, b"", WHOLE)[1] != bytes(changed):
        wrong += "the state is not what was written, completed by what was there\n"
    if libc.ptrace(PEEKUSER, child, ctypes.c_void_p(8 * 15), None) <= 0:
        wrong += "a peek at the original rax tells no system call\n"
    libc.ptrace(CONT, child, None, None)
    os.waitpid(child, 0)
    return wrong


def main():
    if not SHIM.exists():
        print(f"{SHIM} is not there; make images says why.")
        return 77
    if os.environ.get("LD_PRELOAD") != str(SHIM):
        return subprocess.run([sys.executable, "-B", __file__], env={**os.environ, "LD_PRELOAD": str(SHIM)}).returncode
    wrong = traced()
    if wrong is None:
        print("ptrace is not allowed here.")
        return 77
    print(wrong or "A short write of the extended state is completed.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
