#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/base/issue.h"

namespace strata {

/// A function that people call, as a trace knows it.
struct FunctionSpec {
  std::string id;
  std::string app;        ///< functions of one application are deployed together; may be empty
  std::uint32_t mib = 0;  ///< its own memory in one instance, beyond what the stack under it holds
};

/// One call of a function. Times in whole microseconds.
struct Invocation {
  std::int64_t at_us = 0;        ///< since the start of the trace
  std::int64_t duration_us = 0;  ///< of its execution on one idle core of a plain machine
  std::uint32_t function = 0;    ///< index into functions()
};

/// Calls in order of time, one at a time, so that memory does not grow with their number.
class InvocationSource {
 public:
  virtual ~InvocationSource() = default;
  virtual const std::vector<FunctionSpec>& functions() const = 0;
  virtual bool next(Invocation& out) = 0;  ///< false: there are no more
  /// What of the trace is not in the calls, and why: for people to read beside the answer.
  virtual std::vector<std::string> notes() const { return {}; }
};

/// How a count per minute becomes moments in that minute.
enum class WithinMinute {
  uniform,  ///< each call at a moment of its own, equally likely over the minute
  bursty,   ///< all calls of a function in a minute fall into one second of it, drawn uniformly
};

/// What a trace's reader may be asked for.
struct InvocationOptions {
  std::uint64_t seed = 1;  ///< of what the trace leaves open (moments within a minute, durations)
  WithinMinute within = WithinMinute::uniform;
  bool without_largest = false;  ///< leave out the function that is called most
};

/// Reads a public FaaS trace format from the folder of the person's traces; what is wrong becomes
/// issues, and then there is no source. The same options give the same calls, whoever else reads.
/// One file in workloads/ a format.
struct InvocationReader {
  std::string id;
  std::string about;
  std::function<std::unique_ptr<InvocationSource>(const std::filesystem::path& folder,
                                                  const InvocationOptions&, Issues&)>
      open;
};

}  // namespace strata
