#include "models/fleet/faas_apps.h"

#include <map>
#include <string>

namespace strata {
namespace {

constexpr std::uint32_t kMibStep = 32;  ///< to which placement rounds memory up

}  // namespace

FaasApps::FaasApps(const std::vector<FunctionSpec>& functions, std::int64_t marginal) {
  std::map<std::string, std::uint32_t> numbers;
  for (const FunctionSpec& f : functions) {
    const auto [it, fresh] = numbers.try_emplace(f.app.empty() ? "function " + f.id : f.app,
                                                 static_cast<std::uint32_t>(apps.size()));
    if (fresh) apps.emplace_back();
    apps[it->second].mib += f.mib;
    of.push_back(it->second);
  }
  const auto own = static_cast<std::uint32_t>((marginal + (1 << 20) - 1) >> 20);
  std::map<std::uint32_t, std::uint32_t> known;
  for (App& app : apps) {
    const std::uint32_t asked = (own + app.mib + kMibStep - 1) / kMibStep * kMibStep;
    const auto [it, fresh] = known.try_emplace(asked, static_cast<std::uint32_t>(shapes.size()));
    if (fresh) {
      shapes.push_back({1, asked});
      shapes.push_back({0, asked});
    }
    app.shape = it->second;
  }
}

}  // namespace strata
