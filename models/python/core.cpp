// What Python's module takes from the library: texts, which strata/__init__.py makes data frames
// of. WrongInput becomes ValueError, anything else that fails RuntimeError.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <CLI/CLI.hpp>  // defines what command.h needs of CLI11 (CLI/App.hpp only declares it)
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/cli/answers.h"
#include "models/cli/choose.h"
#include "models/cli/command.h"
#include "models/cli/places.h"
#include "models/cli/play.h"
#include "models/cli/plugins.h"
#include "models/cli/predicted.h"
#include "models/study/record.h"

namespace strata {
namespace {

using Texts = std::vector<std::string>;

/// A catalog of its own for each question: files may have changed since the last one.
Home home_with(const Texts& stacks, const Texts& workloads) {
  Home home(home_folder());
  home.more_stacks.assign(stacks.begin(), stacks.end());
  home.more_workloads.assign(workloads.begin(), workloads.end());
  return home;
}

template <class T>
void add_titles(nlohmann::ordered_json& out, const std::map<std::string, T>& map,
                std::string T::*title) {
  for (const auto& [id, thing] : map) out.push_back({{"id", id}, {"title", thing.*title}});
}

std::string list(const std::string& kind, const Texts& stacks, const Texts& workloads) {
  Home home = home_with(stacks, workloads);
  const Catalog& catalog = home.catalog();
  auto out = nlohmann::ordered_json::array();
  if (kind == "stacks") add_titles(out, catalog.stacks, &StackFile::title);
  if (kind == "machines") add_titles(out, catalog.machines, &MachineFile::title);
  if (kind == "workloads") add_titles(out, catalog.workloads, &WorkloadFile::title);
  if (kind == "scenarios") add_titles(out, catalog.scenarios, &Scenario::question);
  return out.dump();
}

std::string show(const std::string& stack, const Texts& stacks) {
  Home home = home_with(stacks, {});
  return shown(stack_of(home.catalog(), stack)).dump();
}

std::string explain(const std::string& stack, const std::string& operation,
                    const std::string& machine, const Texts& stacks, const Texts& workloads) {
  Home home = home_with(stacks, workloads);
  Catalog& catalog = home.catalog();
  Issues issues;
  const StackModel model(stack_of(catalog, stack), machine_of(catalog, machine),
                         workload_of(catalog, operation), issues);
  if (!issues.empty()) throw WrongInput(issues);
  return explained(model).dump();
}

std::string predict_one(const std::string& stack, const std::string& metric,
                        const std::string& machine, const std::string& workload, int running,
                        int parallel, int burst, std::optional<double> quantile,
                        const std::string& memory, const std::string& size,
                        const std::string& dirty, int depth, int draws, std::uint64_t seed,
                        int jobs, const Texts& stacks, const Texts& workloads) {
  Home home = home_with(stacks, workloads);
  PredictOptions asked;
  asked.stack = stack;
  asked.metric = metric;
  asked.machine = machine;
  asked.workload = workload;
  asked.running = running;
  asked.parallel = parallel;
  asked.burst = burst;
  asked.quantile = quantile;
  asked.memory = memory;
  asked.size = size;
  asked.dirty = dirty;
  asked.depth = depth;
  asked.sampling.draws = draws;
  asked.sampling.seed = seed;
  asked.sampling.jobs = jobs;
  return predicted(asked, home).dump();
}

std::string run(const std::string& scenario_id, const Texts& stacks, const Texts& sets,
                std::optional<int> trials, std::optional<std::uint64_t> seed, int jobs,
                const Texts& more_stacks, const Texts& more_workloads) {
  Home home = home_with(more_stacks, more_workloads);
  Catalog& catalog = home.catalog();
  Scenario scenario = scenario_of(catalog, scenario_id);
  if (!stacks.empty()) scenario.stacks = stacks;
  for (const std::string& set : sets) set_axis(scenario, set);
  if (trials) scenario.trials = *trials;
  if (seed) scenario.seed = *seed;
  if (!scenario.trace.empty())
    throw WrongInput(scenario_id + " replays recorded arrivals: strata run does that");
  const auto cells = cells_of(catalog, scenario, nullptr);
  const Played played = play(scenario, cells, catalog.published, jobs, [](int, int) {});
  std::ostringstream rows;
  write_csv(rows, played.records);
  return rows.str();
}

}  // namespace
}  // namespace strata

PYBIND11_MODULE(_core, m) {
  pybind11::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const strata::WrongInput& wrong) {
      PyErr_SetString(PyExc_ValueError, wrong.what());
    }
  });
  m.def("list", &strata::list);
  m.def("show", &strata::show);
  m.def("explain", &strata::explain);
  m.def("predict", &strata::predict_one);
  m.def("run", &strata::run);
  m.def("home", [] { return strata::home_folder().string(); });
}
