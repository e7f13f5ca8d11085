#include "models/layers/models.h"
#include "models/layers/rows.h"

namespace strata {
namespace {

std::vector<Row> rows(const LayerFile& layer) {
  return {
      RowOf(layer, Op::syscall, "syscall"),
      RowOf(layer, Op::context_switch, "context_switch"),
      // The page is the kernel's to give; whether memory stands behind it is for the layer beneath.
      RowOf(layer, Op::page_fault, "page_fault").below(Op::memory_fill),
      // The packet is handed to the driver and the caller goes on; the device is told once a batch.
      RowOf(layer, Op::packet_send, "packet_send")
          .per_byte(layer, "packet_per_byte")
          .copies(1)
          .below(Op::packet_send)
          .asynchronous()
          .below(Op::doorbell)
          .batched(),
      RowOf(layer, Op::packet_receive, "packet_receive")
          .per_byte(layer, "packet_per_byte")
          .copies(1)
          .below(Op::packet_receive)
          .asynchronous(),
      RowOf(layer, Op::block_read, "block_read")
          .per_byte(layer, "block_per_byte")
          .below(Op::block_read)
          .below(Op::doorbell)
          .batched(),
      RowOf(layer, Op::block_write, "block_write")
          .per_byte(layer, "block_per_byte")
          .below(Op::block_write)
          .below(Op::doorbell)
          .batched(),
      RowOf(layer, Op::timer, "timer").below(Op::timer),
      RowOf(layer, Op::interrupt, "interrupt"),
      RowOf(layer, Op::ipc, "ipc"),
      RowOf(Op::mmio, "the access is the device's; what the driver does with it is elsewhere")
          .below(Op::mmio),
  };
}

}  // namespace

Model kernel_model() {
  using D = Dimension;
  return {"kernel",
          "a monolithic kernel, as host or as guest",
          {Crossing::syscall, Crossing::function_call, Crossing::ptrace, Crossing::ipc},
          {Op::compute},
          {{"syscall", D::time, true, "work of a null system call beyond the crossing"},
           {"context_switch", D::time, true, "from one thread to another"},
           {"page_fault", D::time, true, "first touch of 4 KiB, zeroing included"},
           {"packet_send", D::time, true, "protocol and driver work per packet sent"},
           {"packet_receive", D::time, true, "driver and protocol work per packet received"},
           {"packet_per_byte", D::time_per_byte, true, "copy and checksum per payload byte"},
           {"block_read", D::time, true, "block layer and driver per read"},
           {"block_write", D::time, true, "block layer and driver per write"},
           {"block_per_byte", D::time_per_byte, true, "copy per byte"},
           {"timer", D::time, true, "setting one timer"},
           {"interrupt", D::time, true, "taking one interrupt"},
           {"ipc", D::time, true, "one message between two processes, switches included"},
           {"receive_call", D::time, false,
            "of packet_receive, what the receiver's own call does: takes it from the socket"},
           {"deliver", D::time, false,
            "what a packet sent costs more when a process of this kernel's receives it"}},
          rows};
}

}  // namespace strata
