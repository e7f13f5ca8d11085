#include "com1.h"

#include "../below.h"

namespace guest::com1 {
namespace {

constexpr unsigned short kPort = 0x3f8;
constexpr unsigned short kPic = 0x20, kPicMask = 0x21;  // the first interrupt controller
constexpr unsigned kLine = 4, kVector = 0x20 + kLine;   // COM1's interrupt

constexpr unsigned char kByteIsThere = 1, kTakesByte = 0x20;
/// The line status; all ones where there is no port.
unsigned char status() { return in_byte(kPort + 5); }

struct [[gnu::packed]] Pointer {
  unsigned short limit;
  unsigned long base;
};

/// An entry of the interrupt table (Intel SDM volume 3, 6.14.1); not present while it is zero.
struct Gate {
  unsigned short low, segment, kind, middle;
  unsigned high, reserved;
};
static_assert(sizeof(Gate) == 16);
Gate gates[kVector + 1];

extern "C" void com1_interrupt();
// Says to the controller that it was seen, and goes on behind the halt.
asm(R"(
com1_interrupt:
  push %rax
  mov $0x20, %al
  out %al, $0x20
  pop %rax
  iretq
)");

/// A register of the local APIC, which entry.cpp maps (Intel SDM volume 3, table 11-1).
volatile unsigned& apic(unsigned at) {
  return *reinterpret_cast<volatile unsigned*>(0xfee00000ul + at);
}

void byte_out(unsigned short port, unsigned char value) { out(port, value); }

/// From now on the arrival of a byte ends a halt. All other interrupts stay off.
void listen() {
  const auto at = reinterpret_cast<unsigned long>(com1_interrupt);
  gates[kVector] = {static_cast<unsigned short>(at),      8,
                    0x8e00 /* present, interrupt gate */, static_cast<unsigned short>(at >> 16),
                    static_cast<unsigned>(at >> 32),      0};
  const Pointer pointer = {sizeof gates - 1, reinterpret_cast<unsigned long>(gates)};
  asm volatile("lidt %0" : : "m"(pointer));
  // A firmware (qboot, microvm's) may have left the processor's local APIC deaf to the controller:
  // it is enabled, and its first line the controller's.
  apic(0xf0) = 0x1ff;
  apic(0x350) = 0x700;
  byte_out(kPic, 0x11);      // 8259A: initialization, four words
  byte_out(kPicMask, 0x20);  // its vectors begin here
  byte_out(kPicMask, 4);     // the second one is at line 2
  byte_out(kPicMask, 1);     // 8086 mode
  byte_out(kPicMask, 0xff & ~(1u << kLine));
  byte_out(kPort + 4, 0x0b);  // modem control: interrupts reach the controller
  byte_out(kPort + 1, 1);     // interrupt when a byte is there
}

}  // namespace

void write(const char* text, long size) {
  for (long i = 0; i < size; ++i) {
    while (!(status() & kTakesByte)) __builtin_ia32_pause();
    out(kPort, static_cast<unsigned char>(text[i]));
  }
}

void read() {
  if (status() == 0xff) return;
  listen();
  while (!(status() & kByteIsThere)) asm volatile("sti; hlt; cli" : : : "memory");
  in_byte(kPort);
}

}  // namespace guest::com1
