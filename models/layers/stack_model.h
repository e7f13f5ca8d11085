#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "models/layers/draws.h"
#include "models/layers/graph.h"
#include "models/layers/system.h"
#include "models/study/catalog.h"

namespace strata {

/// One operation in one layer, as a node of the system.
struct OpNode {
  Vertex vertex{};
  Op op{};
  Account account{};         ///< pays for what the row states no payer for
  const Row* row = nullptr;  ///< what it costs
  bool crossing = false;     ///< one crossing between layers, served by the machine
};

/// One operation causing another; `edge` is the way taken, if it left the layer downwards.
struct OpLink {
  std::size_t from = 0, to = 0;
  const Cause* cause = nullptr;
  const LayerEdge* edge = nullptr;
};

/// Share of one vCPU that a stack's housekeeping takes; 1 or more means it never gets to work.
double housekeeping(const StackFile& stack, const Draws& draws);

/// A stack on a machine under a workload: which operations there are and which cause which. The
/// structure is found once; numbers are put in for each draw of the parameters.
///
/// The three files must outlive the model.
class StackModel {
 public:
  /// Follows every operation of the workload down. What a layer is asked but does not serve is an
  /// issue that names the edge; so is a cycle that never dies out.
  StackModel(const StackFile& stack, const MachineFile& machine, const WorkloadFile& workload,
             Issues& issues);

  StackModel(const StackModel&) = delete;  // nodes and links point into the model itself
  StackModel& operator=(const StackModel&) = delete;

  /// The numbers of one draw.
  System system(const Draws& draws) const;
  double housekeeping(const Draws& draws) const { return strata::housekeeping(stack_, draws); }

  const StackGraph& graph() const { return graph_; }
  const std::vector<OpNode>& nodes() const { return nodes_; }
  const std::vector<OpLink>& links() const { return links_; }
  const StackFile& stack() const { return stack_; }
  const MachineFile& machine() const { return machine_; }
  const WorkloadFile& workload() const { return workload_; }
  std::string label(std::size_t node) const;
  /// How often the cause happens per operation that causes it: its count, shared by the batch; of
  /// the application's own work, ns on this machine's clock.
  double times(const OpLink& link, const Draws& draws) const;
  /// Payload of one operation of that kind, bytes.
  double payload(Op op, const Draws& draws) const;
  double own_latency(std::size_t node, const Draws& draws) const;
  double own_cpu(std::size_t node, Account account, const Draws& draws) const;

 private:
  std::size_t node(Vertex vertex, Op op, Account account, const Row* row, bool crossing);
  void follow(std::size_t from, const Cause& cause, Issues& issues);
  void add_crossing(std::size_t from, const Cause& cause, const LayerEdge& edge, Account entered);
  const Row* row_of(Vertex vertex, Op op) const;
  bool passes(Vertex vertex, Op op) const;

  double pace(const OpNode& node, const Draws& draws) const;
  double in_filter(const Row& row, const Draws& draws) const;

  const StackFile& stack_;
  const MachineFile& machine_;
  const WorkloadFile& workload_;
  StackGraph graph_;
  bool emulated_ = false;
  std::vector<OpNode> nodes_;
  std::vector<OpLink> links_;
  std::deque<Row> own_rows_;  ///< of the application, compute and the crossings
};

}  // namespace strata
