#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/base/issue.h"
#include "models/study/placement.h"

namespace strata {

/// A virtual machine asks for a host. Times are whole ticks of the source's choice (ms in
/// FLEET-CHURN, s in the traces), counted from the start.
struct VmRequest {
  std::int64_t at = 0;
  std::int64_t life = 0;
  std::uint32_t shape = 0;  ///< index into FleetShape::shapes
  std::uint32_t batch = 0;  ///< requests of one batch were asked for together; 0: nobody knows
  bool censored = false;  ///< it was still running when the trace ended, and may have lived longer
};

/// Requests in order of time, one at a time, so that memory does not grow with their number.
class VmSource {
 public:
  virtual ~VmSource() = default;
  virtual bool next(VmRequest& out) = 0;  ///< false: there are no more
};

/// A source that is a list.
class ListedVms final : public VmSource {
 public:
  explicit ListedVms(std::vector<VmRequest> list) : list_(std::move(list)) {}
  bool next(VmRequest& out) override {
    if (at_ == list_.size()) return false;
    out = list_[at_++];
    return true;
  }

 private:
  std::vector<VmRequest> list_;
  std::size_t at_ = 0;
};

/// A recorded (or synthetic) stream of virtual machines.
struct VmTrace {
  std::vector<Capacity> shapes;
  std::vector<Capacity> hosts;  ///< of the place it was recorded at, where the trace has them
  std::int64_t ticks_per_second = 1;
  std::unique_ptr<VmSource> requests;
  std::string cores = "cores";     ///< what a core is, where it is another unit
  std::string memory = "MiB";      ///< the same of a MiB
  std::vector<std::string> notes;  ///< what the trace leaves open and how it was filled in
};

/// What a reader may be asked for.
struct VmTraceOptions {
  std::uint64_t seed = 1;  ///< of what the trace leaves open
  std::string part;        ///< of a trace in parts: which; empty: the first
};

/// Reads a public trace of virtual machines or jobs from the folder of the person's traces; what is
/// wrong becomes issues, and then there are no requests. One file in workloads/ a format.
struct VmTraceReader {
  std::string id;
  std::string about;
  std::function<VmTrace(const std::filesystem::path& folder, const VmTraceOptions&, Issues&)> open;
};

}  // namespace strata
