// Does the algebra of stacks keep its laws, on systems and stacks nobody chose?
//
// 1. The solution is what following every operation gives.
// 2. Eliminating operations or layers, in any order, preserves totals.
// 3. Adding nonnegative cost, all else fixed, never lowers a total.
// 4. A layer that lets everything pass costs its own crossings and changes nothing else.
// 5. A bypass removes exactly the crossings, and the layers, it goes round.
// 6. A cycle is refused if and only if it causes at least one of itself.
// 7. Housekeeping stretches time as T = T0 / (1 - rho).

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/layers/stack_model.h"
#include "models/layers/walk.h"
#include "tests/laws/draw.h"
#include "tests/unit/hand_made.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

using Eigen::Index;
using Triplets = std::vector<Eigen::Triplet<double>>;

constexpr int kCases = 300;

void expect_same(const Totals& a, const Totals& b, const std::string& name) {
  const auto near = [&](double x, double y, const char* what) {
    EXPECT_NEAR(x, y, 1e-9 * (1 + std::abs(y))) << name << ": " << what;
  };
  near(a.latency, b.latency, "latency");
  near(a.crossings, b.crossings, "crossings");
  near(a.copies, b.copies, "copies");
  for (int account = 0; account < kAccounts; ++account) near(a.cpu(account), b.cpu(account), "cpu");
}

/// Every row causes less than 0.9 operations in all, so the spectral radius is below one.
System random_system(Draw& draw) {
  const int size = 2 + draw.below(11);
  System s;
  s.latency = s.crossings = s.copies = Eigen::VectorXd::Zero(size);
  s.cpu = Eigen::MatrixXd::Zero(size, kAccounts);
  Triplets causes, waits;
  for (int i = 0; i < size; ++i) {
    s.latency(i) = 100 * draw.uniform();
    s.crossings(i) = draw.below(2);
    s.copies(i) = draw.below(3);
    for (int a = 0; a < kAccounts; ++a) s.cpu(i, a) = 100 * draw.uniform();
    s.labels.push_back("node " + std::to_string(i));
    for (int j = 1; j < size; ++j) {
      if (draw.below(3) > 0) continue;
      const Eigen::Triplet<double> cause(i, j, 0.9 * draw.uniform() / size);
      causes.push_back(cause);
      if (draw.below(4) > 0) waits.push_back(cause);
    }
  }
  s.causes.resize(size, size);
  s.causes.setFromTriplets(causes.begin(), causes.end());
  s.waits.resize(size, size);
  s.waits.setFromTriplets(waits.begin(), waits.end());
  return s;
}

/// The counts by following operations: one unit, what it causes, what that causes ... until nothing
/// is left. The radius is below 0.9, and 0.9^500 is 1e-23.
Eigen::VectorXd followed(const Eigen::SparseMatrix<double>& b) {
  Eigen::VectorXd now = Eigen::VectorXd::Zero(b.rows());
  now(0) = 1;
  Eigen::VectorXd all = now;
  for (int step = 0; step < 500; ++step) all += now = b.transpose() * now;
  return all;
}

TEST(AlgebraLaws, TheSolutionIsWhatFollowingEveryOperationGives) {
  Draw draw(1);
  for (int i = 0; i < kCases; ++i) {
    const System s = random_system(draw);
    ASSERT_EQ(find_runaway(s), "");
    Totals expected;
    expected.counts = followed(s.causes);
    expected.waited = followed(s.waits);
    expected.latency = expected.waited.dot(s.latency);
    expected.cpu = s.cpu.transpose() * expected.counts;
    expected.crossings = expected.counts.dot(s.crossings);
    expected.copies = expected.counts.dot(s.copies);
    expect_same(solve(s), expected, "case " + std::to_string(i));
  }
}

std::vector<Index> some_nodes(Draw& draw, const System& s) {
  std::vector<Index> nodes;
  for (Index n = 1; n < s.size(); ++n)
    if (draw.below(2)) nodes.push_back(n);
  return nodes;
}

TEST(AlgebraLaws, EliminatingOperationsPreservesTotalsInAnyOrder) {
  Draw draw(2);
  for (int i = 0; i < kCases; ++i) {
    const System s = random_system(draw);
    const Totals before = solve(s);
    const std::string name = "case " + std::to_string(i);
    const auto nodes = some_nodes(draw, s);
    const System at_once = eliminate(s, nodes);
    ASSERT_EQ(at_once.size(), s.size() - static_cast<Index>(nodes.size()));
    expect_same(solve(at_once), before, name + " at once");

    // One by one, in an order of chance, down to the unit alone: its own costs are the totals.
    System left = s;
    while (left.size() > 1) {
      left = eliminate(left, {1 + draw.below(static_cast<int>(left.size()) - 1)});
      expect_same(solve(left), before, name + " one by one");
    }
    EXPECT_NEAR(left.latency(0), before.latency, 1e-9 * (1 + before.latency));
    EXPECT_NEAR(left.cpu.row(0).sum(), before.cpu.sum(), 1e-9 * (1 + before.cpu.sum()));
  }
}

void expect_no_less(const Totals& after, const Totals& before, const std::string& name) {
  const auto no_less = [&](double x, double y, const char* what) {
    EXPECT_GE(x, y - 1e-9 * (1 + y)) << name << ": " << what;
  };
  no_less(after.latency, before.latency, "latency");
  no_less(after.crossings, before.crossings, "crossings");
  no_less(after.copies, before.copies, "copies");
  for (int a = 0; a < kAccounts; ++a) no_less(after.cpu(a), before.cpu(a), "cpu");
}

TEST(AlgebraLaws, AddingCostNeverLowersATotal) {
  Draw draw(3);
  for (int i = 0; i < kCases; ++i) {
    System s = random_system(draw);
    const Totals before = solve(s);
    const int n = draw.below(static_cast<int>(s.size())),
              to = draw.below(static_cast<int>(s.size()) - 1) + 1;
    switch (draw.below(4)) {
      case 0:
        s.latency(n) += 50 * draw.uniform();
        break;
      case 1:
        s.cpu(n, draw.below(kAccounts)) += 50 * draw.uniform();
        break;
      case 2:
        s.copies(n) += 1;
        break;
      default: {  // one more operation caused, and waited for; rows stay below one
        const double more = 0.1 * draw.uniform();
        s.causes.coeffRef(n, to) += more;
        s.waits.coeffRef(n, to) += more;
      }
    }
    expect_no_less(solve(s), before, "case " + std::to_string(i));
  }
}

// The cost added at a node is paid as often as the node happens: the slope is its count.
TEST(AlgebraLaws, CostAddedAtANodeIsPaidAsOftenAsItHappens) {
  Draw draw(4);
  for (int i = 0; i < kCases; ++i) {
    System s = random_system(draw);
    const Totals before = solve(s);
    const Index n = draw.below(static_cast<int>(s.size()));
    s.latency(n) += 10;
    s.cpu(n, 2) += 10;
    const Totals after = solve(s);
    EXPECT_NEAR(after.latency - before.latency, 10 * followed(s.waits)(n),
                1e-9 * (1 + after.latency));
    EXPECT_NEAR(after.cpu(2) - before.cpu(2), 10 * followed(s.causes)(n),
                1e-9 * (1 + after.cpu(2)));
  }
}

// --- Cycles
// -----------------------------------------------------------------------------------------

/// A cycle of `length` nodes behind a random system, whose counts multiply to `product`; what its
/// nodes cause of the others never comes back.
System with_cycle(Draw& draw, int length, double product) {
  System s = random_system(draw);
  const Index old = s.size(), size = old + length;
  System out;
  Triplets causes;
  for (int k = 0; k < s.causes.outerSize(); ++k)
    for (Eigen::SparseMatrix<double>::InnerIterator it(s.causes, k); it; ++it)
      causes.emplace_back(static_cast<int>(it.row()), static_cast<int>(it.col()), it.value());
  causes.emplace_back(0, static_cast<int>(old), 0.5);
  double left = product;
  for (int i = 0; i < length; ++i) {
    const double count = i + 1 == length ? left : 0.25 + 2 * draw.uniform();
    left /= count;
    causes.emplace_back(static_cast<int>(old) + i, static_cast<int>(old) + (i + 1) % length, count);
    out.labels.push_back("cycle " + std::to_string(i));
  }
  out.labels.insert(out.labels.begin(), s.labels.begin(), s.labels.end());
  out.latency = Eigen::VectorXd::Ones(size);
  out.crossings = out.copies = Eigen::VectorXd::Zero(size);
  out.cpu = Eigen::MatrixXd::Zero(size, kAccounts);
  out.causes.resize(size, size);
  out.causes.setFromTriplets(causes.begin(), causes.end());
  out.waits = out.causes;
  return out;
}

// The eigenvalues of a cycle are the roots of its product, so its radius is at least one if and
// only if the product is. Then every node of it is named; else the counts are the geometric series
// 1 / (1 - product) of the first node's 0.5.
TEST(AlgebraLaws, ACycleIsRefusedIfAndOnlyIfItCausesAtLeastOneOfItself) {
  Draw draw(5);
  for (int i = 0; i < kCases; ++i) {
    const int length = 1 + draw.below(5);
    const double product = i % 10 == 0 ? 1 : 2 * draw.uniform();
    const System s = with_cycle(draw, length, product);
    const std::string said = find_runaway(s);
    EXPECT_EQ(said.empty(), product < 1) << product << ": " << said;
    if (product >= 1) {
      for (int n = 0; n < length; ++n)
        EXPECT_NE(said.find("cycle " + std::to_string(n) + " -> "), std::string::npos) << said;
    } else if (product < 0.999) {
      EXPECT_NEAR(solve(s).counts(s.size() - length), 0.5 / (1 - product), 1e-6 / (1 - product));
    }
  }
}

// --- Stacks
// -----------------------------------------------------------------------------------------

const std::vector<Op> kAsked = {Op::syscall, Op::timer, Op::packet_send, Op::block_read,
                                Op::block_write};

/// The made machine, which serves system calls as well, at prices of chance.
MachineFile random_machine(Draw& draw) {
  MachineFile machine = made_machine();
  machine.rows.push_back(Made(Op::syscall, 21));
  for (auto& price : machine.crossings) price = exactly<Duration>(500 * draw.uniform());
  return machine;
}

/// A layer that serves some of the operations, and lets the others pass.
StackLayer random_layer(Draw& draw, const std::string& name) {
  std::vector<Row> rows;
  std::vector<Op> passes = {Op::compute, Op::doorbell, Op::interrupt};
  for (const Op op : kAsked) {
    if (draw.below(4) == 0) {
      passes.push_back(op);
      continue;
    }
    Made row(op, 1000 * draw.uniform());
    if (draw.below(2)) row.per_byte(draw.uniform());
    if (draw.below(3) == 0)
      row.cpu(static_cast<Account>(draw.below(kAccounts)), 300 * draw.uniform());
    row.copies(draw.below(3));
    for (int causes = draw.below(3); causes > 0; --causes) {
      row.below(kAsked[static_cast<std::size_t>(draw.below(static_cast<int>(kAsked.size())))],
                2 * draw.uniform());
      if (draw.below(3) == 0) row.batched();
      if (draw.below(3) == 0) row.async();
    }
    if (draw.below(4) == 0) row.here(Op::mmio, draw.uniform());
    rows.push_back(row);
  }
  rows.push_back(Made(Op::mmio, 50).here(Op::mmio, 0.5 * draw.uniform()));
  return made_layer(name, static_cast<Crossing>(draw.below(kCrossings)),
                    static_cast<Account>(draw.below(kAccounts)), rows, passes);
}

StackFile random_stack(Draw& draw) {
  StackFile stack = made_stack({});
  const int layers = 1 + draw.below(4);
  for (int i = 0; i < layers; ++i)
    stack.layers.push_back(random_layer(draw, "layer" + std::to_string(i)));
  return stack;
}

WorkloadFile random_workload(Draw& draw) {
  std::vector<std::pair<Op, double>> ops = {{Op::compute, 1000 * draw.uniform()}}, bytes;
  for (const Op op : kAsked) {
    ops.emplace_back(op, 3 * draw.uniform());
    bytes.emplace_back(op, 2000 * draw.uniform());
  }
  return made_workload(ops, 1 + 7 * draw.uniform(), bytes);
}

/// A model that must be without a mistake, with the files it stands on.
struct Whole {
  StackFile stack;
  MachineFile machine;
  WorkloadFile workload;
  Issues issues;
  StackModel model;

  Whole(StackFile s, MachineFile m, WorkloadFile w)
      : stack(std::move(s)),
        machine(std::move(m)),
        workload(std::move(w)),
        model(stack, machine, workload, issues) {
    if (!issues.empty()) throw std::runtime_error(printed(issues));
  }
  Whole(const Whole&) = delete;
  Totals totals() const { return solve(model.system(Draws{})); }
};

TEST(AlgebraLaws, TheWalkAddsUpToTheTotalsOnStacksOfChance) {
  Draw draw(6);
  for (int i = 0; i < kCases; ++i) {
    const Whole whole(random_stack(draw), random_machine(draw), random_workload(draw));
    const Totals totals = whole.totals();
    double latency = 0, cpu = 0, crossings = 0, copies = 0;
    for (const WalkStep& step : walk(whole.model, Draws{})) {
      latency += step.latency;
      cpu += step.cpu;
      copies += step.copies;
      crossings += step.crossing ? step.times : 0;
    }
    // A cycle is walked until a billionth of a unit is left.
    EXPECT_NEAR(latency, totals.latency, 1e-4 + 1e-9 * totals.latency) << i;
    EXPECT_NEAR(cpu, totals.cpu.sum(), 1e-4 + 1e-9 * totals.cpu.sum()) << i;
    EXPECT_NEAR(crossings, totals.crossings, 1e-6) << i;
    EXPECT_NEAR(copies, totals.copies, 1e-6) << i;
  }
}

/// The nodes of a vertex of the graph: a layer's operations, or the machine's.
std::vector<Index> nodes_of(const StackModel& model, Vertex vertex) {
  std::vector<Index> nodes;
  for (std::size_t n = 1; n < model.nodes().size(); ++n)
    if (model.nodes()[n].vertex == vertex) nodes.push_back(static_cast<Index>(n));
  return nodes;
}

/// Eliminates the layers one after the other, in an order of chance.
void expect_layers_fold(const StackModel& model, Draw& draw, const std::string& name) {
  std::vector<Vertex> order(num_vertices(model.graph()) - 1);
  std::iota(order.begin(), order.end(), Vertex{1});
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(draw.below(static_cast<int>(i)))]);
  System left = model.system(Draws{});
  const Totals before = solve(left);
  std::vector<Index> still(
      static_cast<std::size_t>(left.size()));  // the nodes by their first index
  std::iota(still.begin(), still.end(), Index{0});
  for (const Vertex vertex : order) {
    std::vector<Index> gone;
    for (const Index node : nodes_of(model, vertex))
      gone.push_back(std::find(still.begin(), still.end(), node) - still.begin());
    left = eliminate(left, gone);
    std::erase_if(still, [&](Index node) {
      return node != 0 && model.nodes()[static_cast<std::size_t>(node)].vertex == vertex;
    });
    ASSERT_EQ(left.size(), static_cast<Index>(still.size()));
    expect_same(solve(left), before, name + ", without " + model.graph()[vertex].name);
  }
  EXPECT_EQ(left.size(), 1);
}

TEST(AlgebraLaws, EliminatingLayersPreservesTotalsInAnyOrder) {
  Draw draw(7);
  for (int i = 0; i < kCases; ++i) {
    const Whole whole(random_stack(draw), random_machine(draw), random_workload(draw));
    expect_layers_fold(whole.model, draw, "case " + std::to_string(i));
  }
  for (const auto& [id, stack] : project().stacks) {
    Issues issues;
    const StackModel model(stack, project().machines.at("m5d_metal"),
                           project().workloads.at("packet_echo"), issues);
    if (issues.empty()) expect_layers_fold(model, draw, id);
  }
}

TEST(AlgebraLaws, ADearerRowOrCrossingNeverLowersATotalOfTheStack) {
  Draw draw(8);
  for (int i = 0; i < kCases; ++i) {
    StackFile stack = random_stack(draw);
    MachineFile machine = random_machine(draw);
    const WorkloadFile workload = random_workload(draw);
    const Totals before = Whole(stack, machine, workload).totals();
    auto& layer =
        stack.layers[static_cast<std::size_t>(draw.below(static_cast<int>(stack.layers.size())))]
            .layer;
    Row& row =
        layer.rows[static_cast<std::size_t>(draw.below(static_cast<int>(layer.rows.size())))];
    switch (draw.below(4)) {
      case 0:
        row.latency->value.value += 100;
        break;
      case 1:
        machine.crossings[static_cast<std::size_t>(draw.below(kCrossings))].value.value += 100;
        break;
      case 2:
        row.copies += 1;
        break;
      // A row that states payers has its latency and its CPU apart; without them, they are one.
      default:
        if (!row.cpu.empty()) row.cpu.begin()->second.value.value += 100;
    }
    expect_no_less(Whole(stack, machine, workload).totals(), before, "case " + std::to_string(i));
  }
}

/// How many crossings leave a vertex downwards for each unit, and how many of them are waited for.
std::pair<double, double> leaving(const Whole& whole, Vertex vertex) {
  const Totals totals = whole.totals();
  double all = 0, waited = 0;
  for (const OpLink& link : whole.model.links()) {
    if (!whole.model.nodes()[link.to].crossing) continue;
    for (const Edge& edge : boost::make_iterator_range(out_edges(vertex, whole.model.graph())))
      if (&whole.model.graph()[edge] == link.edge) {
        const double times = whole.model.times(link, Draws{});
        all += totals.counts(static_cast<Index>(link.from)) * times;
        if (!link.cause->asynchronous)
          waited += totals.waited(static_cast<Index>(link.from)) * times;
      }
  }
  return {all, waited};
}

// An empty layer lets every operation pass. Whatever left the vertex above it now crosses into it
// as well and goes on by the way it went before, so: crossings grow by the crossings that left, CPU
// of the empty layer's account and latency by their price, and nothing else changes. Counts, copies
// and every other account are invariant; at no price for the crossing, so are latency and CPU.
TEST(AlgebraLaws, AnEmptyLayerChangesNothingButItsOwnCrossings) {
  Draw draw(9);
  for (int i = 0; i < kCases; ++i) {
    const Whole before(random_stack(draw), random_machine(draw), random_workload(draw));
    const int at = draw.below(static_cast<int>(before.stack.layers.size()) + 1);
    const auto account = static_cast<Account>(draw.below(kAccounts));
    const auto crossing = static_cast<Crossing>(draw.below(kCrossings));
    std::vector<Op> everything;
    for (int op = 0; op < kFirstCrossing; ++op) everything.push_back(static_cast<Op>(op));
    StackFile stack = before.stack;
    stack.layers.insert(stack.layers.begin() + at,
                        made_layer("empty", crossing, account, {}, everything));
    const Whole after(stack, before.machine, before.workload);

    const auto [all, waited] = leaving(before, static_cast<Vertex>(at));
    const double price = before.machine.crossings[static_cast<std::size_t>(crossing)].value.value;
    Totals expected = before.totals();
    expected.crossings += all;
    expected.latency += waited * price;
    expected.cpu(static_cast<Index>(account)) += all * price;
    expect_same(after.totals(), expected, "case " + std::to_string(i));
  }
}

// A chain whose layers hand one operation down, one for one: each by a row, or by letting it pass.
// The operation crosses layers + 1 times. An edge from vertex a to vertex b skips b - a crossings
// and the layers between, and adds one of its own.
TEST(AlgebraLaws, ABypassRemovesExactlyTheCrossingsItGoesRound) {
  Draw draw(10);
  for (int i = 0; i < kCases; ++i) {
    const MachineFile machine = random_machine(draw);
    const auto price = [&](Crossing c) {
      return machine.crossings[static_cast<std::size_t>(c)].value.value;
    };
    StackFile stack = made_stack({});
    const int layers = 1 + draw.below(6);
    std::vector<double> own;  // cost of each layer's row
    for (int l = 0; l < layers; ++l) {
      const bool serves = draw.below(3) > 0;
      own.push_back(serves ? 100 * draw.uniform() : 0);
      stack.layers.push_back(made_layer(
          "layer" + std::to_string(l), static_cast<Crossing>(draw.below(kCrossings)),
          static_cast<Account>(draw.below(kAccounts)),
          serves ? std::vector<Row>{Made(Op::packet_send, own.back()).below(Op::packet_send)}
                 : std::vector<Row>{},
          {Op::compute, Op::packet_send}));
    }
    const double packets = 1 + draw.below(5);
    const WorkloadFile workload = made_workload({{Op::packet_send, packets}});
    const Totals before = Whole(stack, machine, workload).totals();
    EXPECT_NEAR(before.crossings, packets * (layers + 1), 1e-9);

    const int from = draw.below(layers),
              to = from + 2 + draw.below(layers - from);  // vertices; layers + 1 is the machine
    const auto at = [&](int vertex) {
      return vertex == 0            ? "app"
             : vertex == layers + 1 ? "machine"
                                    : "layer" + std::to_string(vertex - 1);
    };
    const Crossing own_way =
        to == layers + 1 ? Crossing::hypercall : static_cast<Crossing>(draw.below(kCrossings));
    stack.edges = {made_edge(at(from), at(to), own_way, {Op::packet_send})};
    const Totals after = Whole(stack, machine, workload).totals();

    double saved = -price(own_way);
    for (int vertex = from + 1; vertex <= to; ++vertex) {
      saved +=
          vertex == layers + 1
              ? price(stack.machine_crossing)
              : price(stack.layers[static_cast<std::size_t>(vertex) - 1].entered_by[0].crossing);
      if (vertex < to) saved += own[static_cast<std::size_t>(vertex) - 1];
    }
    EXPECT_NEAR(before.crossings - after.crossings, packets * (to - from - 1), 1e-9) << i;
    EXPECT_NEAR(before.latency - after.latency, packets * saved, 1e-6) << i;
    EXPECT_NEAR(before.cpu.sum() - after.cpu.sum(), packets * saved, 1e-6) << i;
  }
}

TEST(AlgebraLaws, ABypassForOneOperationLeavesTheOthersAlone) {
  Draw draw(11);
  for (int i = 0; i < kCases; ++i) {
    StackFile stack = random_stack(draw);
    const MachineFile machine = random_machine(draw);
    // Ask for timers alone, of layers that turn them into nothing but timers.
    for (StackLayer& layer : stack.layers)
      for (Row& row : layer.layer.rows)
        std::erase_if(row.causes, [&](const Cause& c) { return c.op != row.op; });
    const WorkloadFile timers = made_workload({{Op::timer, 2}});
    const Totals before = Whole(stack, machine, timers).totals();
    stack.edges = {made_edge("app", "machine", Crossing::passthrough, {Op::packet_send})};
    expect_same(Whole(stack, machine, timers).totals(), before, "case " + std::to_string(i));
  }
}

// --- Housekeeping
// -----------------------------------------------------------------------------------

// While T of work goes on, a share rho of it is housekeeping, whose time sees housekeeping again:
// T = T0 + rho T. By hand the series T0 (1 + rho + rho^2 ...), and as a node that causes rho of
// itself.
TEST(AlgebraLaws, HousekeepingStretchesTimeAsItsSeries) {
  Draw draw(12);
  for (int i = 0; i < kCases; ++i) {
    const double t0 = 1e6 * draw.uniform(), rho = 0.99 * draw.uniform();
    double series = 0, term = t0;
    for (int k = 0; k < 10000; ++k, term *= rho) series += term;
    EXPECT_NEAR(stretched(t0, rho), series, 1e-9 * series);

    StackFile stack = made_stack({made_layer("kernel", Crossing::function_call, Account::host,
                                             {Made(Op::syscall, t0).here(Op::syscall, rho)})});
    MachineFile machine = made_machine();
    machine.crossings.fill(exactly<Duration>(0));
    EXPECT_NEAR(Whole(stack, machine, made_workload({{Op::syscall, 1}})).totals().latency,
                stretched(t0, rho), 1e-6 * stretched(t0, rho));
  }
  EXPECT_EQ(stretched(5, 0), 5);
}

}  // namespace
}  // namespace strata
