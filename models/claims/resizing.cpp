#include "models/fleet/resizing.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <stdexcept>

#include "models/claims/play.h"
#include "models/host/footprint.h"

namespace strata {
namespace {

const std::map<std::string, Sizing>& sizings() {
  static const std::map<std::string, Sizing> kSizings = {{"never resized", Sizing::never},
                                                         {"resized", Sizing::resized},
                                                         {"replicated", Sizing::replicated}};
  return kSizings;
}

struct Served {
  std::vector<FunctionSpec> functions;
  TraceUse use;
};

}  // namespace

// A trace of calls, each function a service of its own; how many of its calls run at once emerges
// from the trace. The points are ways to follow that with memory.
PlayKind resizing_play() {
  return {
      "resizing",
      "memory that services hold whose calls come and go, by how their instances can change",
      {{"keep", Dimension::time}},
      {"trace"},
      ids(sizings()),
      {"memory.held"},
      [](const ClaimPlay& play, const Catalog& catalog) {
        const auto reader = catalog.invocations.find(play.choices.at("trace"));
        if (reader == catalog.invocations.end())
          throw std::invalid_argument(
              fmt::format("'{}' is no trace of calls{}", play.choices.at("trace"),
                          suggest(play.choices.at("trace"), ids(catalog.invocations), 60)));
        InvocationOptions options;
        options.seed = play.seed;
        Issues issues;
        const auto source = reader->second.open({}, options, issues);
        if (!issues.empty()) throw std::invalid_argument(print(issues.front()));
        auto served = std::make_shared<Served>();
        served->use = use_of(*source, {});
        served->functions = source->functions();
        return [&play, served](const PlayPoint& at) {
          const double stack_mib =
              static_cast<double>(footprint(*at.stack, *at.machine, at.draws).marginal) / (1 << 20);
          const int keep = static_cast<int>(std::lround(at.draws(play.numbers.at("keep")) / 60e9));
          double held = 0;
          for (std::size_t f = 0; f < served->functions.size(); ++f)
            held += held_mib_s(served->functions[f], served->use.functions[f], served->use.span_us,
                               sizings().at(at.way), keep, stack_mib);
          return PlayAnswers{{"memory.held", held / 1024 / 3600}};
        };
      }};
}

}  // namespace strata
