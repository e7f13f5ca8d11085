// Is the stack's graph the one its file draws, and are edges that cannot be refused by name?

#include "models/layers/graph.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/unit/hand_made.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

StackFile guest_on_hypervisor() {
  StackLayer kvm = made_layer("kvm", Crossing::shared_ring, Account::vmm, {});
  kvm.entered_by = {{Crossing::exit_kernel, {Op::doorbell}, {}}, {Crossing::shared_ring, {}, {}}};
  return made_stack({made_layer("guest", Crossing::syscall, Account::guest, {}), kvm});
}

TEST(Graph, IsAChainFromTheApplicationToTheMachine) {
  const StackFile stack = guest_on_hypervisor();
  Issues issues;
  const StackGraph graph = stack_graph(stack, issues);
  EXPECT_EQ(printed(issues), "");
  ASSERT_EQ(num_vertices(graph), 4U);
  EXPECT_EQ(graph[app_of(graph)].name, "app");
  EXPECT_EQ(graph[1].name, "guest");
  EXPECT_EQ(graph[1].account, Account::guest);
  EXPECT_EQ(graph[2].name, "kvm");
  EXPECT_EQ(graph[machine_of(graph)].name, "machine");
  EXPECT_EQ(num_edges(graph), 4U);  // two ways from the guest into kvm
  const auto last = way_down(graph, 2, Op::packet_send);
  ASSERT_TRUE(last);
  EXPECT_EQ(target(*last, graph), machine_of(graph));
  EXPECT_EQ(graph[*last].crossing, Crossing::passthrough);
}

TEST(Graph, AnOperationTakesTheEdgeThatNamesItBeforeTheOneForAll) {
  const StackFile stack = guest_on_hypervisor();
  Issues issues;
  const StackGraph graph = stack_graph(stack, issues);
  EXPECT_EQ(graph[*way_down(graph, 1, Op::doorbell)].crossing, Crossing::exit_kernel);
  EXPECT_EQ(graph[*way_down(graph, 1, Op::packet_send)].crossing, Crossing::shared_ring);
}

TEST(Graph, AnOperationNoEdgeTakesHasNoWayDown) {
  StackFile stack = guest_on_hypervisor();
  stack.layers[1].entered_by.pop_back();
  Issues issues;
  const StackGraph graph = stack_graph(stack, issues);
  EXPECT_FALSE(way_down(graph, 1, Op::packet_send));
  EXPECT_TRUE(way_down(graph, 1, Op::doorbell));
  EXPECT_FALSE(way_down(graph, machine_of(graph), Op::doorbell));
}

// The application sends its packets past the guest, so it is the one to hear of them.
TEST(Graph, TheWayUpIsTheWayTheOperationComesDown) {
  StackFile stack = guest_on_hypervisor();
  stack.edges = {made_edge("app", "kvm", Crossing::hypercall, {Op::packet_send})};
  Issues issues;
  const StackGraph graph = stack_graph(stack, issues);
  EXPECT_EQ(printed(issues), "");
  EXPECT_EQ(way_up(graph, 2, Op::packet_send), app_of(graph));
  EXPECT_EQ(way_up(graph, 2, Op::packet_receive), Vertex{1});
  EXPECT_EQ(way_up(graph, 2, Op::doorbell), Vertex{1});
  EXPECT_EQ(way_up(graph, 1, Op::syscall), app_of(graph));
  EXPECT_FALSE(way_up(graph, app_of(graph), Op::syscall));
}

TEST(Graph, AnEdgeIntoALayerThatCannotBeEnteredThatWayIsRefusedByName) {
  StackFile stack = guest_on_hypervisor();
  stack.layers[0].layer.accepts = {Crossing::syscall, Crossing::function_call};
  stack.layers[0].layer.model = "kernel";
  stack.layers[0].entered_by = {{Crossing::hypercall, {}, {"hand.toml", 4, 1}}};
  Issues issues;
  stack_graph(stack, issues);
  EXPECT_EQ(printed(issues),
            "hand.toml:4:1: edge app -> guest (hypercall): a kernel layer cannot be entered by "
            "hypercall; known: syscall, function_call\n");
}

TEST(Graph, TheMachineIsEnteredByWhatEndsInHardware) {
  for (const Crossing c : every_crossing()) {
    StackFile stack = guest_on_hypervisor();
    stack.machine_crossing = c;
    Issues issues;
    stack_graph(stack, issues);
    const bool hardware =
        c == Crossing::passthrough || c == Crossing::exit_kernel || c == Crossing::hypercall;
    EXPECT_EQ(issues.empty(), hardware) << name(c);
  }
}

TEST(Graph, AnEdgeBackUpIsACycleAndRefusedByName) {
  StackFile stack = guest_on_hypervisor();
  stack.edges = {made_edge("kvm", "guest", Crossing::syscall, {Op::timer})};
  Issues issues;
  stack_graph(stack, issues);
  EXPECT_EQ(printed(issues),
            "hand.toml:1:1: edge kvm -> guest (syscall) closes a cycle: a layer cannot stand "
            "beneath itself\n");
}

TEST(Graph, TwoEdgesForOneOperationAreRefused) {
  StackFile stack = guest_on_hypervisor();
  stack.edges = {made_edge("guest", "machine", Crossing::passthrough, {Op::packet_send}),
                 made_edge("guest", "machine", Crossing::hypercall, {Op::packet_send})};
  Issues issues;
  stack_graph(stack, issues);
  EXPECT_EQ(printed(issues),
            "hand.toml:1:1: edge guest -> machine (hypercall): packet_send already takes the "
            "edge guest -> machine (passthrough)\n");
  stack.edges.clear();
  stack.layers[0].entered_by.push_back({Crossing::function_call, {}, {"hand.toml", 2, 1}});
  issues.clear();
  stack_graph(stack, issues);
  EXPECT_EQ(printed(issues),
            "hand.toml:2:1: edge app -> guest (function_call): every operation already takes the "
            "edge app -> guest (syscall)\n");
}

TEST(Graph, AnEdgeToNoLayerIsRefusedWithTheKnownOnes) {
  StackFile stack = guest_on_hypervisor();
  stack.edges = {made_edge("gest", "machine", Crossing::passthrough, {Op::packet_send})};
  Issues issues;
  stack_graph(stack, issues);
  EXPECT_EQ(printed(issues),
            "hand.toml:1:1: edges: 'gest' is no layer of this stack; did you mean 'guest'?; known: "
            "app, guest, kvm, machine\n");
}

TEST(Graph, ItsPictureNamesEveryLayerAndCrossing) {
  const StackFile stack = guest_on_hypervisor();
  Issues issues;
  std::ostringstream out;
  write_dot(out, stack_graph(stack, issues), stack);
  for (const char* word : {"digraph", "\"app\"", "guest", "kvm", "\"machine\"", "syscall",
                           "exit_kernel\\ndoorbell", "shared_ring", "passthrough"})
    EXPECT_NE(out.str().find(word), std::string::npos) << word << "\n" << out.str();
}

}  // namespace
}  // namespace strata
