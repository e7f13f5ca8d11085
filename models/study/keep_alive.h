#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace strata {

/// What becomes of an instance whose call has ended, in whole microseconds from that moment: it is
/// unloaded at once and loaded again after `prewarm` (0: it stays loaded), and kept for `keep` from
/// then on. keep 0: it is unloaded and that is all.
struct KeepAliveWindow {
  std::int64_t prewarm_us = 0;
  std::int64_t keep_us = 0;
};

/// Decides how long idle instances stay. An application is a number from 0.
class KeepAlive {
 public:
  virtual ~KeepAlive() = default;
  /// The application had been idle, none of its calls running, for so long when a call came.
  virtual void idle(std::uint32_t app, std::int64_t idle_us) = 0;
  virtual KeepAliveWindow window(std::uint32_t app) const = 0;
};

/// A policy people can name, with a time where it takes one ("fixed:20 min").
struct KeepAlivePolicy {
  std::string id;
  std::string about;
  std::int64_t default_us = 0;  ///< the time it takes; 0: it takes none
  std::function<std::unique_ptr<KeepAlive>(std::size_t apps, std::int64_t us)> make;
};

}  // namespace strata
