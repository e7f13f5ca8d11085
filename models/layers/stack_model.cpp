#include "models/layers/stack_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/layers/rows.h"

namespace strata {
namespace {

const Row* find_row(const std::vector<Row>& rows, Op op) {
  const auto it =
      std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.op == op; });
  return it == rows.end() ? nullptr : &*it;
}

/// The application as a row: one unit of the workload asks for its operations and waits for each.
Row application(const WorkloadFile& workload) {
  Row row = RowOf(Op::compute, "the application's own work is its compute operations");
  for (const auto& [op, count] : workload.ops)
    row.causes.push_back({op, count, Cause::Direction::below, false, false});
  return row;
}

Row one_ns_of_work() {
  Row row = RowOf(Op::compute, "");
  row.latency->value = row.latency->low = row.latency->high = {1};
  row.latency->source.words =
      "by definition: one compute operation is one ns of work on this machine";
  return row;
}

}  // namespace

StackModel::StackModel(const StackFile& stack, const MachineFile& machine,
                       const WorkloadFile& workload, Issues& issues)
    : stack_(stack), machine_(machine), workload_(workload) {
  const std::size_t before = issues.size();
  graph_ = stack_graph(stack, issues);
  emulated_ = emulates(machine, accel_of(stack, machine.accel));
  if (issues.size() != before) return;
  own_rows_.push_back(one_ns_of_work());
  own_rows_.push_back(application(workload));
  node(app_of(graph_), Op::compute, Account::app, &own_rows_.back(), false);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Row* row = nodes_[i].row;
    for (const Cause& cause : row->causes) follow(i, cause, issues);
  }
  if (issues.size() != before) return;
  if (const auto runaway = find_runaway(system(Draws{})); !runaway.empty())
    issues.push_back({stack.place, "", "is cyclic: " + runaway});
  if (const double rho = housekeeping(Draws{}); rho >= 1)
    issues.push_back(
        {stack.place, "housekeeping",
         fmt::format("takes {:.0f} % of one vCPU, so nothing else ever runs", 100 * rho)});
}

std::size_t StackModel::node(Vertex vertex, Op op, Account account, const Row* row, bool crossing) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const OpNode& n = nodes_[i];
    if (n.vertex == vertex && n.op == op && n.crossing == crossing &&
        (!crossing || n.account == account))
      return i;
  }
  nodes_.push_back({vertex, op, account, row, crossing});
  return nodes_.size() - 1;
}

const Row* StackModel::row_of(Vertex vertex, Op op) const {
  if (vertex != machine_of(graph_)) return find_row(graph_[vertex].layer->rows, op);
  return op == Op::compute ? &own_rows_.front() : find_row(machine_.rows, op);
}

bool StackModel::passes(Vertex vertex, Op op) const {
  if (!graph_[vertex].layer) return false;  // the application and the machine let nothing pass
  const auto& passed = graph_[vertex].layer->passes;
  return std::find(passed.begin(), passed.end(), op) != passed.end();
}

void StackModel::follow(std::size_t from, const Cause& cause, Issues& issues) {
  const OpNode here = nodes_[from];
  const auto refuse = [&](const Place& place, const std::string& why) {
    issues.push_back({place, "", why});
  };
  if (cause.direction == Cause::Direction::here) {
    const Row* row = row_of(here.vertex, cause.op);
    if (!row)
      return refuse(here.row->place,
                    fmt::format("{} causes {} in its own layer, which has no row for it",
                                label(from), name(cause.op)));
    links_.push_back(
        {from, node(here.vertex, cause.op, here.account, row, false), &cause, nullptr});
    return;
  }
  if (cause.direction == Cause::Direction::above) {
    // Up, by the way the operation came down, to the first layer that does not let the cause pass.
    auto above = way_up(graph_, here.vertex, here.op);
    while (above && passes(*above, cause.op) && !row_of(*above, cause.op))
      above = way_up(graph_, *above, here.op);
    const Row* row = above && graph_[*above].layer ? row_of(*above, cause.op) : nullptr;
    if (!row)
      return refuse(here.row->place,
                    fmt::format("{} raises {} to {}, which has no row for it", label(from),
                                name(cause.op), above ? graph_[*above].name : "nobody"));
    links_.push_back(
        {from, node(*above, cause.op, graph_[*above].account, row, false), &cause, nullptr});
    return;
  }
  // Down, through every layer that lets the operation pass, to the first that serves it.
  Vertex at = here.vertex;
  while (true) {
    const auto edge = way_down(graph_, at, cause.op);
    if (!edge)
      return refuse(here.row->place,
                    fmt::format("{} needs {} beneath {}, but no edge down takes it", label(from),
                                name(cause.op), graph_[at].name));
    const Vertex next = target(*edge, graph_);
    if (passes(next, cause.op) && !row_of(next, cause.op)) {
      // Going through a layer costs the way into it, like every other entry.
      if (cause.op != Op::compute) add_crossing(from, cause, graph_[*edge], graph_[next].account);
      at = next;
      continue;
    }
    const Row* row = row_of(next, cause.op);
    if (!row) {
      std::vector<std::string> known;
      const auto& rows = graph_[next].layer ? graph_[next].layer->rows : machine_.rows;
      for (const Row& r : rows) known.emplace_back(name(r.op));
      return refuse(
          graph_[*edge].place,
          fmt::format("edge {} -> {} ({}): {} asks for {}, which {} does not serve{}",
                      graph_[at].name, graph_[next].name, name(graph_[*edge].crossing), label(from),
                      name(cause.op), graph_[next].name, suggest(name(cause.op), known, kOps)));
    }
    const bool machine = next == machine_of(graph_);
    const Account account = machine ? here.account : graph_[next].account;
    links_.push_back({from, node(next, cause.op, machine ? Account::app : account, row, false),
                      &cause, &graph_[*edge]});
    // Work itself crosses nothing; every other operation pays the way in.
    if (cause.op != Op::compute) add_crossing(from, cause, graph_[*edge], account);
    return;
  }
}

void StackModel::add_crossing(std::size_t from, const Cause& cause, const LayerEdge& edge,
                              Account entered) {
  const Op op = crossing_op(edge.crossing);
  const auto is = [&](const OpNode& n) { return n.crossing && n.op == op && n.account == entered; };
  const auto known = std::find_if(nodes_.begin(), nodes_.end(), is);
  const Row* row = known == nodes_.end() ? nullptr : known->row;
  if (!row) {
    Row price;
    price.op = op;
    const bool inside = entered == Account::guest || entered == Account::app;
    price.latency = emulated_ && inside && edge.crossing == Crossing::syscall
                        ? machine_.emulation->syscall
                        : machine_.crossings[static_cast<std::size_t>(edge.crossing)];
    own_rows_.push_back(std::move(price));
    row = &own_rows_.back();
  }
  links_.push_back({from, node(machine_of(graph_), op, entered, row, true), &cause, &edge});
}

std::string StackModel::label(std::size_t i) const {
  if (i == 0) return "app";
  const OpNode& n = nodes_[i];
  return graph_[n.vertex].name + "." + std::string(name(n.op));
}

double StackModel::times(const OpLink& link, const Draws& draws) const {
  double count = draws(link.cause->count);
  if (link.from == 0 && link.cause->op == Op::compute && workload_.clock)
    count *= draws(*workload_.clock) / draws(machine_.clock);
  // The application's own operations may share the call that carries them, not their work.
  if (link.from == 0 && nodes_[link.to].crossing && link.edge->crossing == Crossing::syscall)
    count /= std::max(1.0, draws(workload_.per_call));
  return link.cause->batched ? count / std::max(1.0, draws(workload_.batch)) : count;
}

double StackModel::payload(Op op, const Draws& draws) const {
  const auto it = workload_.bytes.find(op);
  return it == workload_.bytes.end() ? 0 : draws(it->second);
}

/// What a guest does itself takes so many times as long when its instructions are interpreted; what
/// devices, crossings and the layers beneath do for it does not.
double StackModel::pace(const OpNode& n, const Draws& draws) const {
  const bool inside = n.account == Account::guest || n.account == Account::app;
  const bool device = n.vertex == machine_of(graph_) && n.op != Op::compute;
  return emulated_ && inside && !n.crossing && !device ? draws(machine_.emulation->work) : 1;
}

/// ns in the instructions of a filter of system calls.
double StackModel::in_filter(const Row& row, const Draws& draws) const {
  double steps = row.filter_steps ? draws(*row.filter_steps) : 0;
  if (row.filter_steps_per_number)
    steps += draws(*row.filter_steps_per_number) * draws(workload_.call_number);
  return steps > 0 ? steps * draws(machine_.filter_step) : 0;
}

double StackModel::own_latency(std::size_t i, const Draws& draws) const {
  const Row& row = *nodes_[i].row;
  double ns = (row.latency ? draws(*row.latency) : 0) + in_filter(row, draws);
  if (row.latency_per_byte) ns += draws(*row.latency_per_byte) * payload(nodes_[i].op, draws);
  return ns * pace(nodes_[i], draws);
}

double StackModel::own_cpu(std::size_t i, Account account, const Draws& draws) const {
  const OpNode& n = nodes_[i];
  const Row& row = *n.row;
  // Where no payer is stated, the latency is CPU time of the node's account. A device's time is
  // nobody's CPU time; the machine's compute and its crossings are.
  const bool device = n.vertex == machine_of(graph_) && !n.crossing && n.op != Op::compute;
  const auto spent = [&](const auto& stated, const auto& latency) {
    if (stated.empty()) return latency && account == n.account && !device ? draws(*latency) : 0.0;
    const auto it = stated.find(account);
    return it == stated.end() ? 0.0 : draws(it->second);
  };
  return (spent(row.cpu, row.latency) + (account == n.account ? in_filter(row, draws) : 0) +
          spent(row.cpu_per_byte, row.latency_per_byte) * payload(n.op, draws)) *
         pace(n, draws);
}

System StackModel::system(const Draws& draws) const {
  const auto size = static_cast<Eigen::Index>(nodes_.size());
  System s;
  s.latency = s.crossings = s.copies = Eigen::VectorXd::Zero(size);
  s.cpu = Eigen::MatrixXd::Zero(size, kAccounts);
  for (Eigen::Index i = 0; i < size; ++i) {
    const auto n = static_cast<std::size_t>(i);
    s.latency(i) = own_latency(n, draws);
    for (int a = 0; a < kAccounts; ++a) s.cpu(i, a) = own_cpu(n, static_cast<Account>(a), draws);
    s.crossings(i) = nodes_[n].crossing ? 1 : 0;
    s.copies(i) = nodes_[n].row->copies;
    s.labels.push_back(label(n));
  }
  std::vector<Eigen::Triplet<double>> causes, waits;
  for (const OpLink& link : links_) {
    const Eigen::Triplet<double> entry(static_cast<int>(link.from), static_cast<int>(link.to),
                                       times(link, draws));
    causes.push_back(entry);
    if (!link.cause->asynchronous) waits.push_back(entry);
  }
  s.causes.resize(size, size);
  s.causes.setFromTriplets(causes.begin(), causes.end());
  s.waits.resize(size, size);
  s.waits.setFromTriplets(waits.begin(), waits.end());
  return s;
}

double housekeeping(const StackFile& stack, const Draws& draws) {
  double rho = 0;
  for (const StackLayer& layer : stack.layers)
    for (const Housekeeping& work : layer.layer.housekeeping)
      rho += draws(work.rate) * draws(work.cpu) / 1e9;
  return rho;
}

}  // namespace strata
