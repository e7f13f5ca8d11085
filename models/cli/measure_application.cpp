#include <fmt/ranges.h>

#include <charconv>
#include <chrono>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "build_info.h"
#include "models/cli/measure_options.h"
#include "models/cli/places.h"
#include "models/cli/progress.h"
#include "models/cli/results.h"
#include "real-harness/application/measure.h"
#include "real-harness/application/workload.h"
#include "real-harness/host.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// The workload's file, and its id: that of the file without its ending.
constexpr const char* kWorkloadFile = "workload.toml";
constexpr const char* kWorkload = "workload";

/// In how many lives what a request asks for is counted.
constexpr int kCounts = 3;

int port_of(const MeasureOptions& o, Issues& issues) {
  int port = 80;
  if (o.page && o.port.empty()) return port;
  const char* const end = o.port.data() + o.port.size();
  const auto [at, error] = std::from_chars(o.port.data(), end, port);
  if (o.port.empty())
    issues.push_back({{"--port"}, "", "is missing: the TCP port the image answers at"});
  else if (error != std::errc() || at != end || port < 1 || port > 65535)
    issues.push_back(
        {{"--port"}, "", fmt::format("'{}' is no port; a number from 1 to 65535", o.port)});
  return port;
}

void refuse(Issues issues) {
  if (!issues.empty()) throw WrongInput(issues);
}

/// What loads the page when nothing else is asked for.
constexpr const char* kPageLoad = "wrk -t1 -c30 -d2s --latency http://{host}:{port}/";

/// Whether this way of starting takes what is measured.
bool takes(const Runner& runner, const MeasureOptions& o) {
  return o.page ? runner.serves_page() : runner.takes_images();
}

/// The runners that were asked for and take the server; the default leaves the others out.
std::vector<Runner*> taking(const std::vector<std::unique_ptr<Runner>>& all,
                            const MeasureOptions& o) {
  std::vector<Runner*> known, others;
  for (const auto& runner : all) known.push_back(runner.get());
  std::vector<Runner*> wanted = chosen(std::move(known), o.stacks, "stack with a runner",
                                       [](Runner* r) { return r->stack(); });
  std::vector<std::string> takers, refused;
  for (const auto& runner : all)
    if (takes(*runner, o)) takers.push_back(runner->stack());
  for (const Runner* runner : wanted)
    if (!takes(*runner, o)) refused.push_back(runner->stack());
  const char* const what = o.page ? "does not serve the page" : "takes no images yet";
  if (!o.stacks.empty() && !refused.empty())
    throw WrongInput(
        fmt::format("'{}' {}; known: {}", refused.front(), what, fmt::join(takers, ", ")));
  if (!refused.empty())
    std::cerr << fmt::format("left out, each {}: {}\n", what, fmt::join(refused, ", "));
  std::erase_if(wanted, [&](const Runner* r) { return !takes(*r, o); });
  return wanted;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm day{};
  char text[16] = "";
  gmtime_r(&now, &day);
  std::strftime(text, sizeof text, "%Y-%m-%d", &day);
  return text;
}

/// The user's server, or the guest program's.
Application server_of(const std::optional<Image>& image, const fs::path& root, int port) {
  if (!image) return page_server(probe_guest(), root, port);
  Issues issues;
  unpack(*image, root);
  const auto application = application_of(*image, root, port, issues);
  refuse(issues);
  return *application;
}

/// Lives on bare_linux that are counted; none, and why, when one is no use.
std::vector<ServedLife> counted_lives(Runner& runner, const ServicePlan& plan, int count,
                                      std::string& why) {
  Progress progress("counting", 0);
  std::vector<ServedLife> lives;
  for (int i = 0; i < count; ++i) {
    progress.say(fmt::format("what a request asks for, {} of {}", i + 1, count));
    lives.push_back(live(runner, plan, true));
    if (!lives.back().ok())
      why = lives.back().outcome;
    else if (lives.back().load.requests < 1)
      why = "the load does not say how many requests were answered";
    if (!why.empty()) return {};
  }
  return lives;
}

/// Writes the workload's file beside the rows, or says why there is none.
void count_workload(const std::vector<std::unique_ptr<Runner>>& all, const ServicePlan& plan,
                    const std::string& image, const fs::path& folder) {
  const auto bare = std::find_if(all.begin(), all.end(),
                                 [](const auto& r) { return r->stack() == "bare_linux"; });
  std::string why;
  const auto lives = counted_lives(**bare, plan, std::min(kCounts, plan.sampling.cap), why);
  const fs::path file = folder / kWorkloadFile;
  if (lives.empty()) {
    fs::remove(file);  // of another time
    std::cout << fmt::format("no {}: {}\n", kWorkloadFile, why);
    return;
  }
  write_whole(file, workload_toml(
                        lives, {"one request of " + image, plan.machine, today(), plan.load.text}));
  std::cout << fmt::format(
      "what a request asks of the layer beneath: {0}\n"
      "next: strata compare bare_linux docker_bare --workload {0}\n",
      file.string());
}

}  // namespace

void measure_application(const MeasureOptions& o, const fs::path& home) {
  if (!o.metrics.empty())
    throw WrongInput("--metric: of a server everything is measured that its load reports");
  if (o.page && !o.image.empty()) throw WrongInput("--page and --image are two servers");
  Issues issues;
  const auto image = o.page ? std::nullopt : read_image(o.image, issues);
  const int port = port_of(o, issues);
  const std::string load_text = o.page && o.load.empty() ? kPageLoad : o.load;
  const auto load = read_load(load_text, port, issues);
  refuse(issues);
  const auto all = runners(probe_guest());
  const std::vector<Runner*> wanted = taking(all, o);
  if (const auto reason = Network::cannot()) throw std::runtime_error(*reason);

  ServicePlan plan;
  plan.machine = machine_id(o);
  plan.workload = kWorkload;
  plan.load = *load;
  plan.life = std::chrono::milliseconds(static_cast<std::int64_t>(o.life * 1000));
  plan.sampling.target = o.target;
  plan.sampling.cap = o.trials > 0 ? o.trials : o.quick ? 3 : 10;
  plan.sampling.least = std::min(plan.sampling.least, plan.sampling.cap);
  const OwnedFolder unpacked;
  plan.application = server_of(image, unpacked.path() / "root", port);

  Recorded found;
  found.host = {{"machine", plan.machine}, {"strata", STRATA_VERSION}, {"facts", host_facts()}};
  found.host["application"] = {{"image", o.page ? "the guest program's page" : o.image},
                               {"digest", image ? nlohmann::ordered_json(image->digest) : nullptr},
                               {"command", image ? image->argv : plan.application.argv},
                               {"port", port},
                               {"load", load_text}};
  const double minutes = o.minutes > 0 ? o.minutes : o.quick ? 2.5 : 30;
  found.host["sampling"] = {{"target", o.target},       {"least", plan.sampling.least},
                            {"cap", plan.sampling.cap}, {"warm_ups", plan.warm_ups},
                            {"minutes", minutes},       {"quick", o.quick}};
  plan.runners = able(wanted, found.host);
  std::vector<std::string> stacks;
  for (const Runner* runner : plan.runners) stacks.push_back(runner->stack());
  const std::string baseline = baseline_of(o, stacks);
  const fs::path folder = o.out.empty() ? results_folder(home) / "measured" / plan.machine /
                                              (o.page ? "page" : "application")
                                        : fs::path(o.out);
  fs::create_directories(folder);
  plan.until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double, std::ratio<60>>(minutes));

  const CpuTicks before = cpu_ticks();
  found.host["before"] = host_state();
  ServiceMeasurement measurement;
  {
    Progress progress("measuring", 0);
    measurement = measure(plan, [&](const Standing& s) {
      progress.say(fmt::format("round {}, {} of {} stacks open", s.round + 1, s.open, s.cells));
    });
  }
  take(found, std::move(measurement.measured));
  found.host["after"] = host_state();
  found.host["steal_share"] = stolen_share(before, cpu_ticks());
  present(found, baseline, o, folder, home);
  for (const std::string& remark : measurement.remarks) std::cout << remark << "\n";
  if (std::none_of(found.records.begin(), found.records.end(),
                   [](const Record& r) { return r.outcome == "ok" || r.outcome == kDisturbed; }))
    throw std::runtime_error("no instance answered its load; the rows say why");
  count_workload(all, plan, o.page ? "the guest program's page" : o.image, folder);
}

}  // namespace strata
