#include "models/cli/templates.h"

#include <string_view>

namespace strata {
namespace {

constexpr std::string_view kStack = R"(# A stack of your own. Try it at once:
#   strata check @NAME@.toml
#   strata run first-run --stack @NAME@.toml
# All keys are explained in stacks/README.md.

title    = "@NAME@"
based_on = "firecracker_linux"   # one step only; below, write what differs

# A layer keeps its name from the stack it comes from (strata show firecracker_linux lists them).
# A number says where it comes from: "measured: ...", "cited: KEY, where" or "assumed: reason";
# low and high are its 5th and 95th percentiles.
[layers.kvm.parameters]
packet_send = { value = "1.1 us", low = "0.8 us", high = "1.6 us", from = "assumed: replace me by a measurement" }

# A boot phase states cpu (contends for cores), wait (does not), lock, disk, memory; `after` names
# the phases that must be done.
[layers.kvm.boot.setup]
cpu   = { value = "1.9 ms", low = "1.5 ms", high = "2.4 ms", from = "assumed: replace me by a measurement" }

# What one instance keeps in memory: private, shared (with an identity), mergeable, configured, ...
[memory.application]
kind = "private"
size = { value = "3 MiB", low = "2 MiB", high = "6 MiB", from = "assumed: replace me by a measurement" }
)";

constexpr std::string_view kStackCpp =
    R"(// A stack of your own in C++, for what a file of numbers cannot say. Put it into stacks/, build
// (cmake --build build --target strata), and strata run first-run --stack @NAME@ plays it.
// It takes a stack there is and computes one phase of its boot: a kernel that is unpacked, as many
// megabytes as it has times what one takes.

#include "models/study/catalog.h"
#include "models/study/reader.h"

namespace strata {

void stack_@NAME@(Catalog& catalog) {
  const auto base = catalog.stacks.find("firecracker_linux");
  if (base == catalog.stacks.end()) return;  // its mistakes are reported under its own name
  StackFile stack = base->second;
  stack.id = "@NAME@";
  stack.title = "Linux guest on Firecracker, its kernel compressed";

  using enum Dimension;
  const auto megabytes = restore<ratio>(
      stated("boot.unpack.mb", "20", "6", "38", "assumed: replace me by your kernel's size"));
  const auto each = restore<time>(
      stated("boot.unpack.per_mb", "1 ms", "0.5 ms", "3 ms", "assumed: replace me, zstd on one core"));
  BootPhase unpack;
  unpack.name = "unpack";
  unpack.cpu = product(megabytes, each, "stacks/@NAME@.cpp:boot.unpack");
  unpack.after = {"kvm.load"};  // the VMM has loaded it
  for (StackLayer& layer : stack.layers) {
    if (layer.name != "guest") continue;
    for (BootPhase& phase : layer.layer.boot) phase.after = {"unpack"};
    layer.layer.boot.push_back(unpack);
  }
  catalog.stacks.insert_or_assign(stack.id, std::move(stack));
}

}  // namespace strata
)";

constexpr std::string_view kWorkload = R"(# A workload of your own. Try it at once:
#   strata check @NAME@.toml
#   strata run first-run --set workload=@NAME@.toml
# What one unit of it asks of the layer beneath; workloads/README.md has all keys.

title = "@NAME@"
unit  = "request"   # request, call or run
batch = { value = 1, low = 1, high = 4, from = "assumed: replace me; operations that share a crossing" }

[ops]
compute        = { value = "20 us", low = "10 us", high = "40 us", from = "assumed: replace me by a measurement" }
syscall        = { value = 8, low = 6, high = 10, from = "assumed: replace me; strace -c counts them" }
packet_receive = { value = 1, low = 1, high = 1, from = "assumed: one request" }
packet_send    = { value = 1, low = 1, high = 1, from = "assumed: one answer" }

[bytes]   # payload of each
packet_send = { value = "1 kB", low = "0.5 kB", high = "4 kB", from = "assumed: replace me" }
)";

constexpr std::string_view kPolicy =
    R"(// A placement policy of your own. Put it into workloads/, build (cmake --build build --target
// strata), and strata fleet churn --policy @POLICY@ places by it.
// This one takes the first host on which the machine fits, looking at every host; what looks at
// fewer keeps an index, told by changed() of what is free.

#include "models/study/catalog.h"

namespace strata {
namespace {

class Policy_@NAME@ final : public Placement {
 public:
  explicit Policy_@NAME@(const FleetShape& fleet) : free_(fleet.hosts), shapes_(fleet.shapes) {}

  HostId choose(std::uint32_t shape) override {
    for (HostId host = 0; host < free_.size(); ++host)
      if (fits(shapes_[shape], free_[host])) return host;
    return kNoHost;
  }

  void changed(HostId host, const Capacity&, const Capacity& after) override {
    free_[host] = after;
  }

 private:
  std::vector<Capacity> free_, shapes_;
};

}  // namespace

void workload_@NAME@(Catalog& catalog) {
  catalog.policies["@POLICY@"] = {
      "@POLICY@", "replace me: what it looks for, in a line",
      [](const FleetShape& fleet) { return std::make_unique<Policy_@NAME@>(fleet); }};
}

}  // namespace strata
)";

std::string filled(std::string_view text, const std::string& mark, const std::string& value) {
  std::string out(text);
  for (std::size_t at; (at = out.find(mark)) != std::string::npos;)
    out.replace(at, mark.size(), value);
  return out;
}

}  // namespace

std::string stack_file_template(const std::string& name) { return filled(kStack, "@NAME@", name); }
std::string stack_cpp_template(const std::string& name) {
  return filled(kStackCpp, "@NAME@", name);
}

std::string workload_file_template(const std::string& name) {
  return filled(kWorkload, "@NAME@", name);
}

std::string policy_cpp_template(const std::string& name) {
  std::string id = name;  // policies are named with hyphens
  for (char& c : id)
    if (c == '_') c = '-';
  return filled(filled(kPolicy, "@NAME@", name), "@POLICY@", id);
}

}  // namespace strata
