#include <algorithm>
#include <cmath>

#include "models/claims/play.h"
#include "models/fleet/pulls.h"
#include "models/fleet/surface.h"

namespace strata {

// Hosts that all need the same new image at once fetch it over one registry, unpack it and start;
// the start itself is the stack's, alone on its host. How long who waits for the registry emerges.
PlayKind image_storm_play() {
  return {"image_storm",
          "starts on so many hosts at once that fetch their image first, against such that have it",
          {{"image", Dimension::bytes},
           {"unpack", Dimension::time},
           {"link", Dimension::bandwidth},
           {"registry", Dimension::bandwidth}},
          {},
          {},
          {"start.fetching", "start.alone"},
          [](const ClaimPlay& play, const Catalog&) {
            return [&play](const PlayPoint& at) {
              const auto number = [&](const char* key) { return at.draws(play.numbers.at(key)); };
              PullSpec spec;
              spec.hosts = static_cast<std::uint32_t>(at.value);
              spec.bytes = std::llround(number("image"));
              spec.host_rate = number("link");
              spec.registry_rate = number("registry");
              spec.restart = std::llround(number("unpack"));
              spec.seed = play.seed;
              auto ends = pull(spec).started;
              const auto middle = ends.begin() + static_cast<std::ptrdiff_t>(ends.size() / 2);
              std::nth_element(ends.begin(), middle, ends.end());
              const double alone = closed_form(*at.stack, *at.machine, at.draws).alone_ns * 1e-6;
              return PlayAnswers{{"start.alone", alone},
                                 {"start.fetching", static_cast<double>(*middle) * 1e-6 + alone}};
            };
          }};
}

}  // namespace strata
