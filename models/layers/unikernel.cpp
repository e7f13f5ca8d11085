#include "models/layers/models.h"
#include "models/layers/rows.h"

namespace strata {
namespace {

std::vector<Row> rows(const LayerFile& layer) {
  std::vector<Row> out = {
      RowOf(layer, Op::syscall, "syscall"),
      RowOf(layer, Op::context_switch, "context_switch"),
      RowOf(layer, Op::packet_send, "packet_send")
          .per_byte(layer, "packet_per_byte")
          .below(Op::packet_send)
          .asynchronous()
          .below(Op::doorbell)
          .batched(),
      RowOf(layer, Op::packet_receive, "packet_receive")
          .per_byte(layer, "packet_per_byte")
          .below(Op::packet_receive)
          .asynchronous(),
      RowOf(layer, Op::timer, "timer").below(Op::timer),
      RowOf(layer, Op::interrupt, "interrupt"),
      RowOf(Op::mmio, "the access is the device's; what the driver does with it is elsewhere")
          .below(Op::mmio),
  };
  for (const Op op : {Op::block_read, Op::block_write})
    if (has(layer, std::string(name(op))) && has(layer, "block_per_byte"))
      out.push_back(RowOf(layer, op, std::string(name(op)))
                        .per_byte(layer, "block_per_byte")
                        .below(op)
                        .below(Op::doorbell)
                        .batched());
  if (has(layer, "ipc")) out.push_back(RowOf(layer, Op::ipc, "ipc"));
  if (has(layer, "page_fault")) {
    out.push_back(RowOf(layer, Op::page_fault, "page_fault").below(Op::memory_fill));
  } else {
    out.push_back(
        RowOf(Op::page_fault, "the memory map is static, so no fault is taken in the guest")
            .below(Op::memory_fill));
  }
  return out;
}

}  // namespace

Model unikernel_model() {
  using D = Dimension;
  return {
      "unikernel",
      "application and library operating system in one address space",
      {Crossing::function_call, Crossing::syscall, Crossing::sfi_trampoline},
      {Op::compute},
      {{"syscall", D::time, true, "work of a null call into the library OS beyond the crossing"},
       {"context_switch", D::time, true, "from one thread to another"},
       {"packet_send", D::time, true, "library protocol and driver work per packet sent"},
       {"packet_receive", D::time, true, "the same per packet received"},
       {"packet_per_byte", D::time_per_byte, true, "copy and checksum per payload byte"},
       {"block_read", D::time, false, "library block layer and driver per read"},
       {"block_write", D::time, false, "the same per write"},
       {"block_per_byte", D::time_per_byte, false, "copy per byte"},
       {"page_fault", D::time, false, "first touch of 4 KiB; without it the map is static"},
       {"timer", D::time, true, "setting one timer"},
       {"interrupt", D::time, true, "taking one interrupt"},
       {"ipc", D::time, false, "one message between two processes, where there are any"},
       {"cooperative", D::ratio, false,
        "1: packets wait until the application yields, and no interrupt is asked for meanwhile"}},
      rows};
}

}  // namespace strata
