// Reads the Standard Workload Format of the Parallel Workloads Archive (Feitelson, Tsafrir and
// Krakov, JPDC 2014): a line a job with 18 numbers, -1 where something is unknown. A job is a
// machine of its processors and memory that lives as long as the job ran.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "models/study/catalog.h"
#include "models/study/trace_files.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

struct Job {
  std::int64_t begin = 0, seconds = 0;
  Capacity asked;
  bool ran = false, says_memory = false;
};

/// Submit time, wait, run time, processors used or asked for, KB a processor used or asked for.
bool parse(const std::string& line, Job& job) {
  std::array<double, 18> f{};
  std::string_view rest = line;
  for (double& value : f) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
    const auto parsed = number<double>(word);
    if (!parsed || !std::isfinite(*parsed)) return false;
    value = *parsed;
    rest.remove_prefix(word.size());
  }
  if (rest.find_first_not_of(" \t") != std::string_view::npos) return false;
  const double wait = std::max(0.0, f[2]), processors = f[4] > 0 ? f[4] : f[7],
               kb = f[9] > 0 ? f[9] : f[6];
  job.ran = f[3] >= 0 && processors > 0;
  job.says_memory = kb > 0;
  job.begin = std::llround(f[1] + wait);
  job.seconds = std::llround(f[3]);
  job.asked = {static_cast<std::uint32_t>(std::max(0.0, processors)),
               static_cast<std::uint32_t>(std::ceil(std::max(0.0, kb) * processors / 1024))};
  return true;
}

VmTrace open(const fs::path& folder, const VmTraceOptions& options, Issues& issues) {
  VmTrace trace;
  auto files = trace_files(folder, R"(.*\.swf(\.gz)?)");
  std::vector<std::string> parts;
  fs::path file;
  for (const fs::path& candidate : files) {
    const std::string name = candidate.filename().string();
    parts.push_back(name.substr(0, name.find(".swf")));
    if (file.empty() && (options.part.empty() || options.part == parts.back())) file = candidate;
  }
  if (file.empty()) {
    issues.push_back({{folder.string()},
                      "",
                      files.empty() ? "holds no file *.swf or *.swf.gz"
                                    : fmt::format("has no part '{}'{}", options.part,
                                                  suggest(options.part, parts))});
    return trace;
  }
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> shapes;
  std::vector<VmRequest> jobs;
  std::uint64_t all = 0, never_ran = 0, no_memory = 0;
  Lines lines(file, file.string(), issues);
  for (std::string line; lines.next(line, issues);) {
    if (line.empty() || line[0] == ';') continue;
    Job job;
    if (!parse(line, job)) {
      issues.push_back({lines.place(), "", "is no job: expected 18 numbers"});
      if (issues.size() == 20) break;  // another format, most likely
      continue;
    }
    ++all;
    if (!job.ran) {
      ++never_ran;
      continue;
    }
    no_memory += !job.says_memory;
    const auto [shape, fresh] = shapes.try_emplace({job.asked.cores, job.asked.mib},
                                                   static_cast<std::uint32_t>(shapes.size()));
    if (fresh) trace.shapes.push_back(job.asked);
    jobs.push_back({job.begin, job.seconds, shape->second});
  }
  if (issues.empty() && jobs.empty())
    issues.push_back({{file.string()}, "", "holds no job that ran"});
  if (!issues.empty()) return trace;
  // They are listed as submitted and begin after a wait.
  std::stable_sort(jobs.begin(), jobs.end(),
                   [](const VmRequest& a, const VmRequest& b) { return a.at < b.at; });
  const std::int64_t first = jobs.front().at;
  for (VmRequest& job : jobs) job.at -= first;
  if (never_ran != 0)
    trace.notes.push_back(fmt::format("{} of {} jobs never ran and are left out", never_ran, all));
  if (no_memory != 0)
    trace.notes.push_back(fmt::format(
        "{} of {} jobs state no memory: only their processors are packed", no_memory, jobs.size()));
  trace.requests = std::make_unique<ListedVms>(std::move(jobs));
  return trace;
}

}  // namespace

void workload_swf(Catalog& catalog) {
  catalog.vm_traces["swf"] = {
      "swf", "jobs of the Parallel Workloads Archive: processors, memory and run time of each",
      open};
}

}  // namespace strata
