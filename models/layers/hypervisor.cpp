#include "models/layers/models.h"
#include "models/layers/rows.h"

namespace strata {
namespace {

std::vector<Row> rows(const LayerFile& layer) {
  std::vector<Row> out = {
      // The back end runs beside the guest: the guest does not wait for it (its kernel's row says
      // so).
      RowOf(layer, Op::packet_send, "packet_send")
          .per_byte(layer, "packet_per_byte")
          .copies(1)
          .below(Op::packet_send),
      RowOf(layer, Op::packet_receive, "packet_receive")
          .per_byte(layer, "packet_per_byte")
          .copies(1)
          .below(Op::packet_receive)
          .here(Op::interrupt)
          .batched(),
      RowOf(layer, Op::doorbell, "doorbell"),
      RowOf(layer, Op::memory_fill, "memory_fill").below(Op::memory_fill),
      RowOf(layer, Op::timer, "timer").below(Op::timer),
  };
  for (const Op op : {Op::block_read, Op::block_write})
    if (has(layer, std::string(name(op))) && has(layer, "block_per_byte"))
      out.push_back(RowOf(layer, op, std::string(name(op)))
                        .per_byte(layer, "block_per_byte")
                        .below(op)
                        .here(Op::interrupt)
                        .batched());
  Row interrupt = RowOf(layer, Op::interrupt, "interrupt_inject").above(Op::interrupt);
  if (has(layer, "interrupt_registers"))
    interrupt.causes.push_back(
        {Op::mmio, ratio(layer, "interrupt_registers"), Cause::Direction::above, false, false});
  out.push_back(interrupt);
  // A back end that does not heed the ring's flags raises an interrupt for what it has sent, too.
  if (has(layer, "unsuppressed"))
    out.front().causes.push_back(
        {Op::interrupt, ratio(layer, "unsuppressed"), Cause::Direction::here, true, false});
  if (has(layer, "mmu_update")) out.push_back(RowOf(layer, Op::mmu_update, "mmu_update"));
  if (has(layer, "mmio")) out.push_back(RowOf(layer, Op::mmio, "mmio"));
  if (has(layer, "compute_tax")) {
    // ns of tax per ns of work is a latency per operation, since one compute operation is one ns.
    Row compute = RowOf(Op::compute, "").below(Op::compute);
    const auto& tax = layer.parameters.at("compute_tax");
    compute.latency = Sourced<Duration>{{tax.value.value}, {tax.low.value},      {tax.high.value},
                                        tax.source,        tax.range_is_default, tax.id};
    out.push_back(compute);
  }
  return out;
}

}  // namespace

Model hypervisor_model() {
  using D = Dimension;
  return {"hypervisor",
          "a hypervisor with its device back ends, in the host kernel or a user-space VMM",
          {Crossing::hypercall, Crossing::exit_kernel, Crossing::exit_user, Crossing::shared_ring,
           Crossing::passthrough},
          {Op::compute},
          {{"packet_send", D::time, true, "back-end work per packet sent"},
           {"packet_receive", D::time, true, "back-end work per packet received"},
           {"packet_per_byte", D::time_per_byte, true, "copy per payload byte"},
           {"block_read", D::time, false, "back-end work per read, unless a row says it"},
           {"block_write", D::time, false, "the same per write"},
           {"block_per_byte", D::time_per_byte, false, "copy per byte of these two"},
           {"block_segment", D::bytes, false,
            "what one request carries, where the device takes one segment a request"},
           {"block_read_ahead", D::ratio, false,
            "reads of the host's device that a block in many segments waits for"},
           {"doorbell", D::time, true, "finding the queue that was rung, beyond the crossing"},
           {"memory_fill", D::time, true, "backing one guest page, beyond the crossing"},
           {"timer", D::time, true, "emulating one timer access, beyond the crossing"},
           {"interrupt_inject", D::time, true, "delivering one interrupt into the guest"},
           {"interrupt_registers", D::ratio, false,
            "registers of the device that a guest's driver accesses in each interrupt"},
           {"unsuppressed", D::ratio, false,
            "1: the back end is kicked, and interrupts, whatever the ring's flags ask for"},
           {"polls", D::ratio, false, "1: the back end never sleeps and is not kicked"},
           {"poll", D::time, false,
            "what the back end's thread does once each time it is woken, however much it finds"},
           {"halt_poll", D::time, false, "how long a halted vCPU is polled before it sleeps"},
           {"mmu_update", D::time, false, "validating one page-table change of a PV guest"},
           {"mmio", D::time, false, "emulating one device register access, beyond the crossing"},
           {"compute_tax", D::ratio, false, "ns lost to nested paging and caches per ns of work"},
           {"snapshot_save", D::time, false, "stopping a guest and writing its devices' state"},
           {"snapshot_save_per_byte", D::time_per_byte, false, "writing its memory to a file"},
           {"migrate_rate", D::bandwidth, false, "the fastest a migration may send"},
           {"migrate_left", D::bytes, false, "stop a moving guest when no more is left to send"},
           {"migrate_downtime", D::time, false, "or when the rest can be sent within this"},
           {"migrate_rounds", D::ratio, false, "or after so many rounds"}},
          rows};
}

}  // namespace strata
