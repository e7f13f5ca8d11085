#include "../../../tender/abi.h"
#include "../../text.h"
#include "../below.h"

// The unikernel under the tender: how it starts and ends, and what is below it, which is nothing
// but the hypercalls of tender/abi.h.

namespace guest {
namespace {

namespace abi = strata::abi;

const abi::BootInfo& boot() { return *reinterpret_cast<const abi::BootInfo*>(abi::kBootInfo); }

unsigned low(const void* pointer) {
  return static_cast<unsigned>(reinterpret_cast<unsigned long>(pointer));
}

}  // namespace

Given given() { return {boot().image_end, boot().memory_size - abi::kStackSize, boot().tsc_khz}; }

void null_hypercall() { out(abi::kNull, static_cast<unsigned char>(0)); }

void mark(char byte) { out(abi::kMark, static_cast<unsigned char>(byte)); }

void write_to(int to, const char* text, long size) {
  const abi::WriteCall call = {static_cast<unsigned>(to), low(text), static_cast<unsigned>(size)};
  out(abi::kWrite, low(&call));
}

void read_byte() { in(abi::kRead); }

void end(int status) {
  for (;;) out(abi::kExit, static_cast<unsigned char>(status));
}

}  // namespace guest

asm(".globl _start\n_start:\n  xor %ebp, %ebp\n  call unikernel_start\n");

extern "C" [[noreturn]] void unikernel_start() {
  using namespace guest;
  if (boot().magic != abi::kMagic || boot().version != abi::kVersion)
    fail("the tender is one of another version");
  char* words[abi::kMaxWords];
  const char* text = boot().text;
  for (unsigned i = 0; i < boot().words; ++i) {
    words[i] = const_cast<char*>(text);
    while (*text++) {
    }
  }
  run(static_cast<int>(boot().words), words);
  end(0);
}
