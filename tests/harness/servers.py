"""real-harness/servers: does what is counted of a request come out as the wire and the client know it, in the columns of
every measured set, and is a wrong argument refused in words?"""

import csv
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, "real-harness/servers")
import counted
import per_request

PROGRAM = pathlib.Path("real-harness/servers/per_request.py")
REQUESTS, BYTES = 20000, 100
PORT = 7000

# Answers the harness's TCP probe, and takes datagrams.
SERVER = f"""
import socket, threading
stream, datagrams = socket.create_server(("", {PORT})), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("", {PORT}))
threading.Thread(target=lambda: [stream.accept() for _ in iter(int, 1)], daemon=True).start()
while True:
    datagrams.recv(2048)
"""
CLIENT = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range({count}):
    s.sendto(bytes({size}), ("{to}", {port}))
"""


def refuses():
    for words, said in [(["mysql"], "mysql: no such kind; known: redis, pipelined, nginx, apache"), (["redis", "--trials", "0"], "--trials 0: must be 1"),
                        (["redis", "--trials", "x"], "--trials: invalid int value: 'x'"),
                        (["node"], "--node: node needs a folder with node_modules"),
                        (["starts", "--modules", "/nowhere"], "--modules: starts needs a folder with node_modules, and /nowhere")]:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, PROGRAM, *words, "--out", f"{folder}/out"], capture_output=True, text=True)
            assert done.returncode == 2 and said in done.stderr and not os.listdir(folder), done
    assert subprocess.run([sys.executable, PROGRAM], capture_output=True).returncode == 2


def writes_rows():
    file = io.StringIO()
    per_request.writer(file, "here")("redis.get", 3, {"server.user": 12.5, "wire.bytes_in": 423, "client.syscalls": 2, "memory.mapped": 4096})
    text = file.getvalue()
    with open("results/measured/shared_2core_vm/rows.csv") as measured:
        assert text.splitlines()[0] == measured.readline().strip()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["metric"], row["value"], row["unit"]) for row in rows] == [
        ("server.user", "12.5", "us"), ("wire.bytes_in", "423", "B"), ("client.syscalls", "2", "1"), ("memory.mapped", "4096", "B")]
    assert {(row["workload"], row["machine"], row["trial"], row["origin"], row["outcome"]) for row in rows} == {
        ("redis.get", "here", "3", "measured", "ok")}


def counts():
    """Datagrams, of each of which the size on the wire is known: 14 bytes of Ethernet, 20 of IP, 8 of UDP."""
    load = [sys.executable, "-c", CLIENT.format(count=REQUESTS, size=BYTES, to=counted.SERVER, port=PORT)]
    with counted.Wire() as wire, counted.serving(wire, [sys.executable, "-c", SERVER], PORT) as pid:
        got = counted.per_request(wire, pid, load, REQUESTS)
        # Besides them a few packets by which neighbours find each other.
        assert 1 <= got["wire.packets_in"] < 1.01 and 0 <= got["wire.packets_out"] < 0.01, got
        assert BYTES + 42 <= got["wire.bytes_in"] < (BYTES + 42) * 1.01 and got["wire.packets_to_own"] == 0, got
        assert got["client.user"] > 0 and got["client.system"] > 0 and got["server.system"] >= 0, got
        if shutil.which("perf") and os.path.exists("/sys/kernel/tracing/events/raw_syscalls"):
            calls = counted.calls_per_request(wire, pid, load, REQUESTS)
            # One each, and what it takes to start Python, and ip before it; what the server's socket has no room for it never takes.
            assert 1 <= calls["client.syscalls"] < 1.2 and 0 < calls["server.syscalls"] < 1.01, calls
    assert subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout.find(wire.server) < 0


def main():
    refuses()
    writes_rows()
    if os.getuid() != 0 or not shutil.which("ip") or subprocess.run(["ip", "netns", "add", "strata-try"], capture_output=True).returncode:
        print("nothing is counted: no right to make a network namespace")
        return 77
    subprocess.run(["ip", "netns", "delete", "strata-try"], check=True)
    counts()
    return 0


sys.exit(main())
