#include "models/fleet/scored.h"

#include <map>
#include <tuple>
#include <vector>

#include "models/fleet/bitmap.h"

namespace strata {
namespace {

class Scored final : public Placement {
 public:
  Scored(const FleetShape& fleet, Score score)
      : shapes_(fleet.shapes), has_(fleet.hosts), score_(score) {
    for (std::size_t host = 0; host < has_.size(); ++host) insert(host, has_[host]);
  }

  HostId choose(std::uint32_t shape) override {
    const Capacity& asked = shapes_[shape];
    std::size_t best = Bitmap::kNone;
    double highest = 0;
    for (const auto& [kind, hosts] : kinds_) {
      const auto& [cores, mib, has_cores, has_mib] = kind;
      if (hosts.empty() || !fits(asked, {cores, mib})) continue;
      const double score = score_({has_cores, has_mib}, {cores, mib}, asked);
      const std::size_t first = hosts.first();
      if (best == Bitmap::kNone || score > highest || (score == highest && first < best))
        best = first, highest = score;
    }
    return best == Bitmap::kNone ? kNoHost : static_cast<HostId>(best);
  }

  void changed(HostId host, const Capacity& before, const Capacity& after) override {
    if (before == after) return;
    kinds_.at(kind(host, before)).erase(host);
    insert(host, after);
  }

 private:
  /// Free cores and MiB, then all cores and MiB.
  using Kind = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;

  Kind kind(std::size_t host, const Capacity& free) const {
    return {free.cores, free.mib, has_[host].cores, has_[host].mib};
  }
  void insert(std::size_t host, const Capacity& free) {
    kinds_.try_emplace(kind(host, free), has_.size()).first->second.insert(host);
  }

  std::vector<Capacity> shapes_;
  std::vector<Capacity> has_;
  Score score_;
  std::map<Kind, Bitmap> kinds_;
};

}  // namespace

std::unique_ptr<Placement> scored(const FleetShape& fleet, Score score) {
  return std::make_unique<Scored>(fleet, score);
}

}  // namespace strata
