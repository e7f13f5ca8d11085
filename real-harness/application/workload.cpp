#include "real-harness/application/workload.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "real-harness/measuring/statistics.h"

namespace strata {
namespace {

using Lives = std::vector<ServedLife>;

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < ' ' || c == 127 ? ' ' : c;
  }
  return out + "\"";
}

/// A number over the lives.
struct Range {
  double value = 0, low = 0, high = 0;
};

Range range_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {quantile_of(values, 0.5), values.front(), values.back()};
}

/// `of` is a count; a life that lacks what others have may have missed it by one.
Range per_request(const Lives& lives, const std::function<double(const ProcessUsage&)>& of) {
  std::vector<double> values;
  double one = 1;
  for (const ServedLife& life : lives) {
    values.push_back(std::max(0.0, of(*life.usage)) / life.load.requests);
    one = std::min(one, 1 / life.load.requests);
  }
  Range range = range_of(values);
  range.low = std::max(range.low, std::min(one, range.value));
  return range;
}

class Writer {
 public:
  Writer(const Lives& lives, const WorkloadOrigin& origin) : lives_(lives), origin_(origin) {
    for (const ServedLife& life : lives) requests_ += life.load.requests;
  }

  std::string text() {
    text_ = "title = " + quoted(origin_.title) + "\nunit = \"request\"\n";
    text_ += fmt::format("# Seen on bare_linux under {}.\n", quoted(origin_.load));
    batch();
    text_ += "[ops]\n";
    compute();
    if (std::all_of(lives_.begin(), lives_.end(), [](const auto& l) { return l.usage->calls; }))
      op(
          "syscall", [](const ProcessUsage& u) { return *u.calls; }, "all system calls");
    else
      text_ += "# syscall is missing: this kernel does not trace raw_syscalls.\n";
    op(
        "context_switch", [](const ProcessUsage& u) { return u.switches; },
        "switches of its threads, to idleness and to other programs among them");
    op(
        "page_fault", [](const ProcessUsage& u) { return u.faults; },
        "page faults, minor and major");
    const char* const device = "as its network device counts, acknowledgements too";
    op(
        "packet_receive", [](const ProcessUsage& u) { return u.packets_received; }, device);
    op(
        "packet_send", [](const ProcessUsage& u) { return u.packets_sent; }, device);
    text_ += "[bytes]\n";
    bytes("packet_receive", &ProcessUsage::bytes_received, &ProcessUsage::packets_received);
    bytes("packet_send", &ProcessUsage::bytes_sent, &ProcessUsage::packets_sent);
    return text_;
  }

 private:
  void number(const std::string& key, const Range& range, const char* unit,
              const std::string& what) {
    const auto figure = [&](double value) {
      return *unit ? fmt::format("\"{:.4g} {}\"", value, unit) : fmt::format("{:.4g}", value);
    };
    text_ += fmt::format(
        "{} = {{ value = {}, low = {}, high = {}, from = {} }}\n", key, figure(range.value),
        figure(range.low), figure(range.high),
        quoted(fmt::format("measured: {}, {}, n = {}, {:.0f} requests; {}", origin_.machine,
                           origin_.day, lives_.size(), requests_, what)));
  }

  void op(const std::string& key, const std::function<double(const ProcessUsage&)>& of,
          const std::string& what) {
    const Range range = per_request(lives_, of);
    if (range.value > 0) number(key, range, "", what);
  }

  /// Who is woken serves what has come by then.
  void batch() {
    std::vector<double> values;
    for (const ServedLife& life : lives_)
      values.push_back(std::max(1.0, life.load.requests / std::max(1.0, life.usage->switches)));
    number("batch", range_of(values), "", "requests for each context switch, at least 1");
  }

  /// The kernel looks once a tick whether user space runs: so many ticks are known to their square
  /// root.
  void compute() {
    const double tick = 1e9 / static_cast<double>(sysconf(_SC_CLK_TCK));
    const auto ticks = [&](double sign) {
      return per_request(lives_, [&](const ProcessUsage& u) {
        const double seen = u.user * 1e9 / tick;
        return (seen + sign * (1 + 1.6 * std::sqrt(seen))) * tick;
      });
    };
    double all = 0, known = 0;
    for (const ServedLife& life : lives_) all += life.usage->cpu, known += life.usage->seen;
    if (known < 0.8 * all - 0.05) {
      text_ += fmt::format(
          "# compute is missing: {:.0f} % of {:.4g} ns of CPU time is of processes that ended and "
          "that nobody waited for\n",
          100 * (1 - known / all), all * 1e9 / requests_);
      return;
    }
    const Range seen = ticks(0);
    if (seen.value > 0)
      number("compute", {seen.value, std::max(ticks(-1).low, 0.1 * seen.value), ticks(+1).high},
             "ns", "CPU time in user space");
    else
      text_ += fmt::format("# compute is missing: under {:.3g} ns of CPU time in user space\n",
                           ticks(+1).high);
  }

  void bytes(const std::string& key, double ProcessUsage::*size, double ProcessUsage::*count) {
    std::vector<double> values;
    for (const ServedLife& life : lives_)
      if ((*life.usage).*count > 0) values.push_back((*life.usage).*size / ((*life.usage).*count));
    if (!values.empty()) number(key, range_of(values), "B", "bytes for each packet, frames whole");
  }

  const Lives& lives_;
  const WorkloadOrigin& origin_;
  double requests_ = 0;
  std::string text_;
};

}  // namespace

std::string workload_toml(const Lives& lives, const WorkloadOrigin& origin) {
  return Writer(lives, origin).text();
}

}  // namespace strata
