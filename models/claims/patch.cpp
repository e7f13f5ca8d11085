#include <algorithm>
#include <cmath>
#include <set>

#include "models/claims/play.h"
#include "models/fleet/pulls.h"

namespace strata {
namespace {

/// The share of an image's chunks that a patch touches: its files lie anywhere in the image, each
/// in one piece and at chance, and every group of blocks with a file in it has an inode table of
/// its own (ext4: 128 MiB a group).
double touched(double image, double patched, int files, double chunk, Stream& draws) {
  const auto chunks = static_cast<std::int64_t>(std::ceil(image / chunk));
  constexpr double kGroup = 128.0 * (1 << 20);
  std::vector<double> sizes;
  double all = 0;
  for (int f = 0; f < files; ++f) all += sizes.emplace_back(-std::log(draws.uniform()));
  std::set<std::int64_t> dirty;
  for (const double share : sizes) {
    const double size = std::min(image, share / all * patched);
    const double begin = draws.uniform() * (image - size);
    for (auto c = static_cast<std::int64_t>(begin / chunk);
         c <= static_cast<std::int64_t>((begin + size) / chunk) && c < chunks; ++c)
      dirty.insert(c);
    dirty.insert(static_cast<std::int64_t>(std::floor(begin / kGroup) * kGroup / chunk));
  }
  return static_cast<double>(dirty.size()) / static_cast<double>(chunks);
}

}  // namespace

// A few files of an image change; hosts that have the old image fetch the new one over one network.
// The points are ways to ship it. Bytes are uncompressed, but for the package.
PlayKind patch_play() {
  return {"patch",
          "bytes that move to a fleet when a few files of an image change, by how it is shipped",
          {{"hosts", Dimension::ratio},
           {"image", Dimension::bytes},
           {"base", Dimension::ratio},
           {"rebuilt", Dimension::ratio},
           {"patched", Dimension::bytes},
           {"files", Dimension::ratio},
           {"chunk", Dimension::bytes},
           {"package", Dimension::bytes},
           {"unikernel", Dimension::bytes},
           {"link", Dimension::bandwidth},
           {"registry", Dimension::bandwidth}},
          {},
          {"package", "chunks", "layer of the application", "layer of the base", "whole unikernel"},
          {"bytes.moved", "spread.all"},
          [](const ClaimPlay& play, const Catalog&) {
            return [&play](const PlayPoint& at) {
              const auto number = [&](const char* key) { return at.draws(play.numbers.at(key)); };
              const double image = number("image"), base = std::min(0.99, number("base"));
              PullSpec spec;
              spec.hosts = static_cast<std::uint32_t>(std::max(1.0, number("hosts")));
              spec.bytes = std::llround(image);
              spec.host_rate = number("link");
              spec.registry_rate = number("registry");
              spec.seed = play.seed;
              double missing = 1;
              if (at.way == "package") spec.bytes = std::llround(number("package"));
              if (at.way == "whole unikernel") spec.bytes = std::llround(number("unikernel"));
              // What is not in chunks travels in pieces of a hundredth.
              spec.chunk = at.way == "chunks" ? std::llround(number("chunk"))
                                              : std::max<std::int64_t>(1, spec.bytes / 100);
              if (at.way == "layer of the application") missing = 1 - base;
              if (at.way == "layer of the base")
                missing = base + (1 - base) * std::min(1.0, number("rebuilt"));
              if (at.way == "chunks") {
                Stream draws(play.seed + static_cast<std::uint64_t>(at.draws.trial), "patch.files");
                const int files = std::max(1, static_cast<int>(std::lround(number("files"))));
                missing = touched(image, number("patched"), files, number("chunk"), draws);
              }
              spec.cached.assign(spec.hosts, 1 - missing);
              const PullOutcome out = pull(spec);
              const auto moved = static_cast<double>(out.registry_bytes + out.peer_bytes);
              return PlayAnswers{{"bytes.moved", moved / spec.hosts / image},
                                 {"spread.all", static_cast<double>(out.last_byte) * 1e-9}};
            };
          }};
}

}  // namespace strata
