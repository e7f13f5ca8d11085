#include "models/layers/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/depth_first_search.hpp>
#include <boost/graph/graphviz.hpp>
#include <map>

namespace strata {
namespace {

bool names(const LayerEdge& edge, Op op) {
  return std::find(edge.ops.begin(), edge.ops.end(), op) != edge.ops.end();
}

std::string shown(const StackGraph& graph, Vertex from, Vertex to, Crossing crossing) {
  return fmt::format("edge {} -> {} ({})", graph[from].name, graph[to].name, name(crossing));
}

/// What one may enter a vertex by: the application by nothing, the machine by anything that ends in
/// hardware.
std::vector<Crossing> accepted(const LayerVertex& vertex) {
  if (vertex.name == "app") return {};
  if (vertex.name == "machine")
    return {Crossing::passthrough, Crossing::exit_kernel, Crossing::hypercall};
  return vertex.layer->accepts.value_or(std::vector<Crossing>{});
}

void connect(StackGraph& graph, Vertex from, Vertex to, const LayerEdge& edge, Issues& issues) {
  const auto accepts = accepted(graph[to]);
  if (std::find(accepts.begin(), accepts.end(), edge.crossing) == accepts.end()) {
    std::vector<std::string> known;
    for (const Crossing c : accepts) known.emplace_back(name(c));
    const std::string model =
        graph[to].layer ? "a " + graph[to].layer->model + " layer" : graph[to].name;
    issues.push_back(
        {edge.place, "",
         fmt::format("{}: {} cannot be entered by {}{}", shown(graph, from, to, edge.crossing),
                     model, name(edge.crossing), suggest(name(edge.crossing), known))});
  }
  // Two parallel edges for one operation would leave its way to chance.
  for (const auto& old : boost::make_iterator_range(out_edges(from, graph))) {
    for (const Op op : edge.ops)
      if (names(graph[old], op))
        issues.push_back(
            {edge.place, "",
             fmt::format("{}: {} already takes the {}", shown(graph, from, to, edge.crossing),
                         name(op), shown(graph, from, target(old, graph), graph[old].crossing))});
    if (edge.ops.empty() && graph[old].ops.empty())
      issues.push_back({edge.place, "",
                        fmt::format("{}: every operation already takes the {}",
                                    shown(graph, from, to, edge.crossing),
                                    shown(graph, from, target(old, graph), graph[old].crossing))});
  }
  add_edge(from, to, edge, graph);
}

struct CycleFinder : boost::dfs_visitor<> {
  std::vector<Edge>* back;
  explicit CycleFinder(std::vector<Edge>* found) : back(found) {}
  void back_edge(Edge e, const StackGraph&) const { back->push_back(e); }
};

void refuse_cycles(const StackGraph& graph, Issues& issues) {
  std::vector<Edge> back;
  depth_first_search(graph, boost::visitor(CycleFinder(&back)));
  for (const Edge& edge : back)
    issues.push_back({graph[edge].place, "",
                      fmt::format("{} closes a cycle: a layer cannot stand beneath itself",
                                  shown(graph, source(edge, graph), target(edge, graph),
                                        graph[edge].crossing))});
}

}  // namespace

StackGraph stack_graph(const StackFile& stack, Issues& issues) {
  StackGraph graph;
  std::map<std::string, Vertex> by_name;
  const auto place = [&](LayerVertex vertex) { by_name[vertex.name] = add_vertex(vertex, graph); };
  place({"app", nullptr, Account::app});
  for (const StackLayer& layer : stack.layers)
    place({layer.name, &layer.layer, layer.layer.account});
  place({"machine", nullptr, Account::app});

  for (std::size_t i = 0; i < stack.layers.size(); ++i)
    for (const Entry& entry : stack.layers[i].entered_by)
      connect(graph, i, i + 1, {entry.crossing, entry.ops, entry.place}, issues);
  connect(graph, stack.layers.size(), machine_of(graph), {stack.machine_crossing, {}, stack.place},
          issues);

  std::vector<std::string> known;
  for (const auto& entry : by_name) known.push_back(entry.first);
  for (const Bypass& bypass : stack.edges) {
    bool both = true;
    for (const std::string& end : {bypass.from, bypass.to})
      if (!by_name.contains(end)) {
        both = false;
        issues.push_back(
            {bypass.place, "edges",
             fmt::format("'{}' is no layer of this stack{}", end, suggest(end, known))});
      }
    if (both)
      connect(graph, by_name[bypass.from], by_name[bypass.to],
              {bypass.crossing, bypass.ops, bypass.place}, issues);
  }
  refuse_cycles(graph, issues);
  return graph;
}

std::optional<Edge> way_down(const StackGraph& graph, Vertex from, Op op) {
  std::optional<Edge> any;
  for (const Edge& edge : boost::make_iterator_range(out_edges(from, graph))) {
    if (names(graph[edge], op)) return edge;
    if (graph[edge].ops.empty()) any = edge;
  }
  return any;
}

std::optional<Vertex> way_up(const StackGraph& graph, Vertex to, Op op) {
  std::optional<Vertex> any;
  for (const Edge& edge : boost::make_iterator_range(in_edges(to, graph))) {
    const auto taken = way_down(graph, source(edge, graph), op);
    if (!taken || *taken != edge) continue;
    if (names(graph[edge], op)) return source(edge, graph);
    any = source(edge, graph);
  }
  return any;
}

void write_dot(std::ostream& out, const StackGraph& graph, const StackFile& stack) {
  const auto vertex_label = [&](std::ostream& o, Vertex v) {
    const std::string use = graph[v].layer ? "\\n" + graph[v].layer->title : "";
    o << "[shape=box,label=\"" << graph[v].name << use << "\"]";
  };
  const auto edge_label = [&](std::ostream& o, Edge e) {
    std::string label(name(graph[e].crossing));
    for (const Op op : graph[e].ops) label += "\\n" + std::string(name(op));
    o << "[label=\"" << label << "\"]";
  };
  const auto whole = [&](std::ostream& o) { o << "label=\"" << stack.title << "\";\n"; };
  boost::write_graphviz(out, graph, vertex_label, edge_label, whole);
}

}  // namespace strata
