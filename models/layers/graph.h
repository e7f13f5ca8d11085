#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <iosfwd>
#include <string>
#include <vector>

#include "models/study/machine_file.h"
#include "models/study/stack_file.h"

namespace strata {

/// A place in the stack graph: the application on top, the layers, the machine at the bottom.
struct LayerVertex {
  std::string name;                  ///< "app", a layer's name in its stack, "machine"
  const LayerFile* layer = nullptr;  ///< nothing for app and machine
  Account account = Account::app;    ///< who pays for the layer's own work
};

/// How one layer enters another, and for which operations (empty: all that no other edge names).
struct LayerEdge {
  Crossing crossing{};
  std::vector<Op> ops;
  Place place;
};

using StackGraph =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, LayerVertex, LayerEdge>;
using Vertex = boost::graph_traits<StackGraph>::vertex_descriptor;
using Edge = boost::graph_traits<StackGraph>::edge_descriptor;

/// The graph of a stack; the application is the first vertex, the machine the last. The stack must
/// outlive the graph. An edge into a layer that cannot be entered that way, to an unknown layer, or
/// back up (a cycle) is an issue that names the edge.
StackGraph stack_graph(const StackFile& stack, Issues& issues);

inline Vertex app_of(const StackGraph&) { return 0; }
inline Vertex machine_of(const StackGraph& graph) { return num_vertices(graph) - 1; }

/// The edge by which an operation leaves a vertex downwards: one that names it, before one for all.
std::optional<Edge> way_down(const StackGraph& graph, Vertex from, Op op);
/// The vertex above that sends `op` down to `to`, hence hears of it: by the same rule.
std::optional<Vertex> way_up(const StackGraph& graph, Vertex to, Op op);

/// The stack's picture for Graphviz's dot.
void write_dot(std::ostream& out, const StackGraph& graph, const StackFile& stack);

}  // namespace strata
