#include "models/layers/ablation.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/study/numbers.h"

namespace strata {
namespace {

using Layers = std::vector<StackLayer>;

Layers::const_iterator find(const Layers& layers, const std::string& name) {
  return std::find_if(layers.begin(), layers.end(),
                      [&](const StackLayer& l) { return l.name == name; });
}

/// Whether two rows cause the same operations in the same way.
bool alike(const Row& a, const Row& b) {
  const auto same = [](const Cause& x, const Cause& y) {
    return x.op == y.op && x.direction == y.direction && x.batched == y.batched &&
           x.asynchronous == y.asynchronous && x.count.value == y.count.value;
  };
  return a.op == b.op && a.copies == b.copies &&
         std::equal(a.causes.begin(), a.causes.end(), b.causes.begin(), b.causes.end(), same);
}

/// Whether two layers are the same numbers, the same rows and the same way in.
bool alike(const StackLayer& a, const StackLayer& b) {
  const auto ids = [](const StackLayer& layer) {
    StackFile alone;
    alone.layers.push_back(layer);
    std::vector<std::string> out;
    for (const NamedNumber& n : numbers(alone)) out.push_back(n.number.id);
    return out;
  };
  const auto same_entry = [](const Entry& x, const Entry& y) {
    return x.crossing == y.crossing && x.ops == y.ops;
  };
  const auto same_row = [](const Row& x, const Row& y) { return alike(x, y); };
  const auto &x = a.layer.rows, &y = b.layer.rows;
  return std::equal(x.begin(), x.end(), y.begin(), y.end(), same_row) &&
         a.layer.passes == b.layer.passes && a.use == b.use && a.layer.account == b.layer.account &&
         ids(a) == ids(b) &&
         std::equal(a.entered_by.begin(), a.entered_by.end(), b.entered_by.begin(),
                    b.entered_by.end(), same_entry);
}

Change measured(std::string what, const StackFile& changed, const MachineFile& machine,
                const WorkloadFile& workload, const Draws& draws) {
  Change change{std::move(what), {}, {}};
  Issues issues;
  const StackModel model(changed, machine, workload, issues);
  if (issues.empty()) {
    change.totals = solve(model.system(draws));
  } else {
    change.reason = issues.front().message;
  }
  return change;
}

}  // namespace

std::vector<Change> ablate(const StackFile& a, const StackFile& b, const MachineFile& machine,
                           const WorkloadFile& workload, const Draws& draws) {
  std::vector<Change> changes;
  const auto add = [&](std::string what, const StackFile& changed) {
    changes.push_back(measured(std::move(what), changed, machine, workload, draws));
  };
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    const StackLayer& own = a.layers[i];
    const auto other = find(b.layers, own.name);
    StackFile changed = a;
    if (other == b.layers.end()) {
      changed.layers.erase(changed.layers.begin() + static_cast<std::ptrdiff_t>(i));
      std::erase_if(changed.edges,
                    [&](const Bypass& e) { return e.from == own.name || e.to == own.name; });
      // Whoever stood above now enters the next layer as it entered this one.
      if (i < changed.layers.size()) changed.layers[i].entered_by = own.entered_by;
      add("without " + own.name, changed);
    } else if (!alike(own, *other)) {
      changed.layers[i] = *other;
      add(own.use == other->use ? fmt::format("{}: as in {}", own.name, b.id)
                                : fmt::format("{}: {} for {}", own.name, other->use, own.use),
          changed);
    }
  }
  for (std::size_t i = 0; i < b.layers.size(); ++i) {
    if (find(a.layers, b.layers[i].name) != a.layers.end()) continue;
    // Above the first layer of `b` beneath it that `a` has too.
    auto at = a.layers.end();
    for (std::size_t below = i + 1; below < b.layers.size() && at == a.layers.end(); ++below)
      at = find(a.layers, b.layers[below].name);
    StackFile changed = a;
    changed.layers.insert(changed.layers.begin() + (at - a.layers.begin()), b.layers[i]);
    add("with " + b.layers[i].name, changed);
  }
  return changes;
}

std::vector<LayerPart> parts(const StackModel& model, const Draws& draws) {
  const StackGraph& graph = model.graph();
  std::vector<LayerPart> out;
  for (Vertex v = 0; v < num_vertices(graph); ++v) out.push_back({graph[v].name, 0, 0});
  const System system = model.system(draws);
  const Totals totals = solve(system);
  for (std::size_t n = 1; n < model.nodes().size(); ++n) {
    const auto i = static_cast<Eigen::Index>(n);
    const OpNode& node = model.nodes()[n];
    if (!node.crossing) {
      // The application's own work is served by the machine but belongs to the application.
      const bool work = node.vertex == machine_of(graph) && node.op == Op::compute;
      LayerPart& part = out[work ? app_of(graph) : node.vertex];
      part.latency += totals.waited(i) * system.latency(i);
      part.cpu += totals.counts(i) * system.cpu.row(i).sum();
    }
  }
  // A crossing node gathers crossings into several layers: share it out by the links that lead
  // there.
  for (const OpLink& link : model.links()) {
    if (!model.nodes()[link.to].crossing || !link.edge) continue;
    Vertex entered = machine_of(graph);
    for (const Edge& edge : boost::make_iterator_range(edges(graph)))
      if (&graph[edge] == link.edge) entered = target(edge, graph);
    const auto from = static_cast<Eigen::Index>(link.from), to = static_cast<Eigen::Index>(link.to);
    const double times = model.times(link, draws);
    if (!link.cause->asynchronous)
      out[entered].latency += totals.waited(from) * times * system.latency(to);
    out[entered].cpu += totals.counts(from) * times * system.cpu.row(to).sum();
  }
  return out;
}

}  // namespace strata
