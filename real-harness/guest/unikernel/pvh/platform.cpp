#include "../../text.h"
#include "../below.h"
#include "com1.h"
#include "start_info.h"
#include "xen.h"

// The unikernel as a PVH machine of its own, under QEMU and Xen: how it starts and ends, and what
// is below it. The machine's command line is (the first word is ignored if it is a path):
//
//   [PATH] [split] [tsc-khz N] STEP [+ STEP]...
//
// Without `split` there is one console for everything, under Xen the one it gives its guests (or
// port 0xe9, whose lines are in its log), else COM1, and a mark is a line of its own, "mark M
// tsc=N". With it, port 0xe9 takes the marks, a byte each, 0xe8 the standard error and 0xe7 the
// standard output: QEMU's isa-debugcon. Input is COM1's. `tsc-khz` is the rate of the time stamp
// counter where Xen does not say it.
//
// It ends by Xen's SCHEDOP_shutdown; elsewhere by QEMU's isa-debug-exit at port 0x501, whose exit
// status is then 2 * (kEnd + status) + 1, and then by a triple fault, which is a reset.

namespace guest {
namespace {

constexpr unsigned short kDebug = 0xe9, kErrors = 0xe8, kOutput = 0xe7, kExit = 0x501;
constexpr unsigned short kNothing = 0x50c;  // a port where QEMU has no device
constexpr unsigned char kEnd = 0x10;
constexpr unsigned long kMapped = 1ul << 30;  // by entry.cpp
constexpr int kMaxWords = 128;

Given all = {};
bool split = false;

extern "C" char _end[];  // behind the image; the linker's

template <class T>
const T* at(unsigned long address) {
  return reinterpret_cast<const T*>(address);
}

/// Writes to a port that takes everything at once.
void put(unsigned short port, const char* text, long size) {
  asm volatile("rep outsb" : "+S"(text), "+c"(size) : "d"(port) : "memory");
}

/// The memory the image is in, as far as it is mapped, but what the start info says lies there.
void take_memory(const pvh::StartInfo& info, const char* command_line_end) {
  unsigned long begin = reinterpret_cast<unsigned long>(_end), end = 0;
  const auto* map = at<pvh::MemoryMapEntry>(info.memory_map);
  for (unsigned i = 0; info.version >= 1 && i < info.memory_map_entries; ++i)
    if (map[i].type == 1 && map[i].address < begin && begin - map[i].address <= map[i].size)
      end = map[i].address + map[i].size;
  if (end > kMapped) end = kMapped;
  if (end == 0) fail("the start info names no memory where the image is");
  const auto keep = [&](const void* to) {
    const auto address = reinterpret_cast<unsigned long>(to);
    if (address > begin && address <= end) begin = address;
  };
  keep(&info + 1);
  keep(map + info.memory_map_entries);
  keep(command_line_end);
  all.memory = begin;
  all.memory_end = end;
}

/// Cuts the command line at its spaces, in place.
int cut(char*& text, char** words) {
  int count = 0;
  while (*text) {
    if (*text == ' ') {
      *text++ = 0;
      continue;
    }
    if (count == kMaxWords) fail("there are more than 128 words");
    words[count++] = text;
    while (*text && *text != ' ') ++text;
  }
  return count;
}

}  // namespace

Given given() { return all; }

void null_hypercall() {
  if (xen::is_here())
    xen::version();
  else
    out(kNothing, static_cast<unsigned char>(0));
}

void mark(char byte) {
  if (split) return out(kDebug, static_cast<unsigned char>(byte));
  const char text[] = {byte, 0};
  Line line;
  line.add("mark ").add(text).add(" tsc=").add(static_cast<long>(__builtin_ia32_rdtsc())).print();
}

void write_to(int to, const char* text, long size) {
  if (split)
    put(to == 2 ? kErrors : kOutput, text, size);
  else if (xen::has_console())
    xen::write(text, size);
  else if (xen::is_here())
    put(kDebug, text, size);
  else
    com1::write(text, size);
}

void read_byte() { com1::read(); }

void end(int status) {
  if (xen::is_here()) xen::shut_down(status);
  out(kExit, static_cast<unsigned char>(kEnd + status));
  for (;;) asm volatile("ud2");
}

}  // namespace guest

extern "C" [[noreturn]] void pvh_start(const guest::pvh::StartInfo* info) {
  using namespace guest;
  xen::look();
  if (info->magic != pvh::kMagic) fail("it was not started as a PVH guest");
  static char none[1];
  char* line = info->command_line ? reinterpret_cast<char*>(info->command_line) : none;
  char* word[kMaxWords];
  int count = cut(line, word);
  char** words = word;
  const auto next = [&] {
    if (count == 0) fail("a word is missing at the end of the command line");
    --count;
    return *words++;
  };
  if (count > 0 && (words[0][0] == '/' || words[0][0] == '.')) next();
  if (count > 0 && same(words[0], "split")) {
    next();
    split = true;
  }
  if (xen::is_here()) all.tsc_khz = xen::tsc_khz();
  if (count > 0 && same(words[0], "tsc-khz")) {
    next();
    all.tsc_khz = static_cast<unsigned long>(number(next()));
  }
  if (all.tsc_khz == 0) all.tsc_khz = 1000000;  // then a nanosecond is a tick of the counter
  take_memory(*info, line + 1);
  run(count, words);
  end(0);
}
