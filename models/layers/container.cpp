#include "models/layers/models.h"
#include "models/layers/rows.h"

namespace strata {
namespace {

std::vector<Row> rows(const LayerFile& layer) {
  const auto through_veth = [&](Op op) {
    RowOf row(layer, op, "veth");
    if (has(layer, "veth_per_byte")) row.per_byte(layer, "veth_per_byte");
    return row.below(op);
  };
  return {
      RowOf(layer, Op::syscall, "seccomp").filtered(layer).below(Op::syscall),
      RowOf(layer, Op::page_fault, "memcg").below(Op::page_fault),
      through_veth(Op::packet_send),
      through_veth(Op::packet_receive),
  };
}

}  // namespace

Model container_model() {
  using D = Dimension;
  return {
      "container",
      "namespaces, control groups and a system-call filter around processes of the kernel beneath",
      {Crossing::syscall, Crossing::function_call},
      {Op::compute, Op::context_switch, Op::block_read, Op::block_write, Op::timer, Op::ipc},
      {{"seccomp", D::time, true, "what a system call takes longer because there is a filter"},
       {"filter_steps", D::ratio, false, "instructions of the filter, whatever the call"},
       {"filter_steps_per_number", D::ratio, false,
        "more of them for each number before the call's"},
       {"veth", D::time, true, "virtual pair, bridge and address translation per packet"},
       {"veth_per_byte", D::time_per_byte, false, "the same per payload byte"},
       {"memcg", D::time, true, "charging one page to its control group"}},
      rows};
}

}  // namespace strata
