#pragma once

#include <cstdint>
#include <vector>

#include "models/study/invocations.h"
#include "models/study/placement.h"

namespace strata {

/// The applications that a trace's functions belong to, and what placement is asked for each.
/// Functions without one are an application of their own.
struct FaasApps {
  static constexpr std::uint32_t kNone = UINT32_MAX;  ///< no instance

  struct App {
    std::uint32_t newest = kNone;  ///< of its idle instances
    std::uint32_t alive = 0, busy = 0;
    std::uint32_t waiting = kNone;  ///< an instance that starts and has no call yet
    std::uint32_t calls = 0, cold = 0;
    std::uint32_t shape = 0;  ///< with a core to spare; shape + 1: without
    std::uint32_t mib = 0;    ///< of all its functions
    std::int64_t last_end = -1;
  };

  /// `marginal` is what the stack holds under each instance, bytes.
  FaasApps(const std::vector<FunctionSpec>& functions, std::int64_t marginal);

  App& operator[](std::uint32_t number) { return apps[number]; }
  std::uint32_t asked_mib(const App& app) const { return shapes[app.shape].mib; }

  std::vector<App> apps;
  std::vector<std::uint32_t> of;  ///< by function
  std::vector<Capacity> shapes;   ///< memory in steps, so that placement knows few of them
};

}  // namespace strata
