#include "models/fleet/surface_cache.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "models/base/random.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// The inputs are in the file, too, so that two of one hash are told apart.
std::optional<BootSurface> load(const fs::path& file, const std::string& inputs) {
  std::ifstream in(file);
  if (!in) return {};
  const json kept = json::parse(in, nullptr, false);
  if (kept.is_discarded() || kept.value("inputs", "") != inputs) return {};
  try {
    BootSurface out;
    out.in_flight = kept.at("in_flight").get<std::vector<int>>();
    out.running = kept.at("running").get<std::vector<int>>();
    out.quantiles = kept.at("quantiles").get<std::vector<double>>();
    const bool whole =
        !out.in_flight.empty() && !out.running.empty() &&
        out.quantiles.size() == out.in_flight.size() * out.running.size() * BootSurface::kQuantiles;
    if (whole) return out;
  } catch (const json::exception&) {
  }
  return {};
}

void keep(const fs::path& file, const std::string& inputs, const BootSurface& surface) {
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  const fs::path temporary = fmt::format("{}.{}", file.string(), getpid());
  std::ofstream out(temporary);
  out << json{{"inputs", inputs},
              {"in_flight", surface.in_flight},
              {"running", surface.running},
              {"quantiles", surface.quantiles}};
  out.close();
  if (out) fs::rename(temporary, file, failed);
  if (!out || failed) fs::remove(temporary, failed);
}

}  // namespace

BootSurface SurfaceCache::get(const std::string& inputs,
                              const std::function<BootSurface()>& make) const {
  if (folder.empty()) return make();
  const std::string all = maker + "\n" + inputs;
  const fs::path file = folder / fmt::format("{:016x}.json", hash(all));
  if (auto kept = load(file, all)) return *std::move(kept);
  BootSurface made = make();
  keep(file, all, made);
  return made;
}

}  // namespace strata
