#include "models/layers/walk.h"

#include <fmt/format.h>

namespace strata {
namespace {

/// A walk through a cycle that dies out ends when counts are smaller than this, or it is too deep
/// or too long to be read; totals come from solve(), which leaves nothing out.
constexpr double kNegligible = 1e-9;
constexpr int kDeepest = 60;
constexpr std::size_t kLongest = 5000;

std::string source_of(const Row& row, Evidence& evidence) {
  const Source* source = row.latency ? &row.latency->source : nullptr;
  if (!source && !row.cpu.empty()) source = &row.cpu.begin()->second.source;
  if (!source) return "";
  evidence = source->evidence;
  return fmt::format("{}: {}", name(source->evidence), source->words);
}

class Walker {
 public:
  Walker(const StackModel& model, const Draws& draws) : model_(model), draws_(draws) {}

  void visit(std::size_t node, int depth, double times, bool asynchronous) {
    if (node != 0) steps.push_back(step(node, depth, times, asynchronous));
    // An operation comes after the crossing that leads to it, as it happens.
    for (std::size_t l = 0; l < model_.links().size(); ++l) {
      const OpLink& link = model_.links()[l];
      if (link.from != node || model_.nodes()[link.to].crossing) continue;
      const double count = times * model_.times(link, draws_);
      const bool async = asynchronous || link.cause->asynchronous;
      if (count < kNegligible || depth >= kDeepest || steps.size() >= kLongest) continue;
      for (const OpLink& other : model_.links())
        if (other.from == node && other.cause == link.cause && model_.nodes()[other.to].crossing)
          steps.push_back(step(other.to, depth, times * model_.times(other, draws_), async));
      visit(link.to, depth + 1, count, async);
    }
  }

  std::vector<WalkStep> steps;

 private:
  WalkStep step(std::size_t node, int depth, double times, bool asynchronous) const {
    const OpNode& n = model_.nodes()[node];
    WalkStep s;
    s.depth = depth;
    s.layer = n.crossing ? "" : model_.graph()[n.vertex].name;
    s.what = std::string(n.crossing
                             ? name(static_cast<Crossing>(static_cast<int>(n.op) - kFirstCrossing))
                             : name(n.op));
    s.times = times;
    s.asynchronous = asynchronous;
    s.crossing = n.crossing;
    s.latency = asynchronous ? 0 : times * model_.own_latency(node, draws_);
    double most = -1;
    for (int a = 0; a < kAccounts; ++a) {
      const double cpu = times * model_.own_cpu(node, static_cast<Account>(a), draws_);
      s.cpu += cpu;
      if (cpu > most) {
        most = cpu;
        s.account = static_cast<Account>(a);
      }
    }
    s.copies = times * n.row->copies;
    s.source = source_of(*n.row, s.evidence);
    return s;
  }

  const StackModel& model_;
  const Draws& draws_;
};

}  // namespace

std::vector<WalkStep> walk(const StackModel& model, const Draws& draws) {
  Walker walker(model, draws);
  walker.visit(0, 0, 1, false);
  return walker.steps;
}

}  // namespace strata
