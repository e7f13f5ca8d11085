#include "../steps.h"
#include "calls.h"

// Random reads of a block device or file, past the host's page cache, by Linux's native AIO: one
// way for any depth, and there where io_uring is switched off.

namespace guest {
namespace {

constexpr long kBlock = 4096;
constexpr long kMaxDepth = kBufferSize / kBlock;

struct Request {  // struct iocb
  long data = 0;
  int key = 0, rw_flags = 0;
  short opcode = 0 /* IOCB_CMD_PREAD */, priority = 0;
  int file = 0;
  long memory = 0, size = kBlock, offset = 0, reserved = 0;
  int flags = 0, event_fd = 0;
};
static_assert(sizeof(Request) == 64);

struct Event {  // struct io_event
  long data, request, result, result2;
};

/// Numbers by xorshift64, the same in every life.
struct Random {
  unsigned long state = 88172645463325252UL;
  long below(long n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<long>(state % static_cast<unsigned long>(n));
  }
};

}  // namespace

long prepare_block(char** words) {
  constexpr long kDirect = 0x4000, kDirectory = 0x10000;
  if (call(kOpen, address(words[1]), kDirectory) >= 0) fail("block: it is a folder");
  return must(call(kOpen, address(words[1]), kDirect), "block: cannot be opened past the cache");
}

void block(char** words, long file) {
  const long depth = number(words[2]), count = number(words[3]);
  if (depth < 1 || depth > kMaxDepth) fail("block: a depth is 1 to 32");
  const long blocks = must(call(kLseek, file, 0, 2 /* SEEK_END */), "block: no size") / kBlock;
  if (blocks == 0) fail("block: it is smaller than one block");

  long context = 0;
  must(call(kIoSetup, depth, address(&context)), "io_setup");
  Request requests[kMaxDepth];
  Event events[kMaxDepth];
  Random random;
  long started = 0;
  const auto start = [&](Request& request) {
    request.offset = random.below(blocks) * kBlock;
    Request* one = &request;
    if (must(call(kIoSubmit, context, 1, address(&one)), "io_submit") != 1)
      fail("block: a read was not taken");
    ++started;
  };
  const long begin = now();
  for (long i = 0; i < depth && i < count; ++i) {
    requests[i].data = i;
    requests[i].file = static_cast<int>(file);
    requests[i].memory = address(buffer + i * kBlock);
    start(requests[i]);
  }
  for (long done = 0; done < count;) {
    const struct { long s, ns; } limit = {10, 0};
    const long got = must(call(kIoGetevents, context, 1, depth, address(events), address(&limit)),
                          "io_getevents");
    if (got == 0) fail("block: nothing was read for ten seconds");
    for (long i = 0; i < got; ++i) {
      if (events[i].result != kBlock) fail("block: a read failed", events[i].result);
      Request& request = requests[events[i].data];
      if (*reinterpret_cast<long*>(request.memory) == 0)
        fail("block: a block begins with zeros; it is not the data file, or has holes");
      if (started < count) start(request);
    }
    done += got;
  }
  const long took = now() - begin;
  call(kIoDestroy, context);
  call(kClose, file);
  answer(words[0], took, count);
}

}  // namespace guest
