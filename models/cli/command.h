#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "models/study/catalog.h"

namespace strata {

/// What a person asked for is wrong; the program says so and ends with status 2.
struct WrongInput : std::runtime_error {
  explicit WrongInput(const Issues& issues);
  using std::runtime_error::runtime_error;
};

/// The catalog, read once, when a command first needs it.
class Home {
 public:
  explicit Home(std::filesystem::path path) : path_(std::move(path)) {}
  Catalog& catalog();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::unique_ptr<Catalog> catalog_;
};

/// Each command is one file: it adds itself to the program and hands back what runs it.
void add_check(CLI::App& app, Home& home);
void add_list(CLI::App& app, Home& home);
void add_show(CLI::App& app, Home& home);
void add_explain(CLI::App& app, Home& home);
void add_compare(CLI::App& app, Home& home);
void add_predict(CLI::App& app, Home& home);
void add_validate(CLI::App& app, Home& home);
void add_run(CLI::App& app, Home& home);
void add_fleet(CLI::App& app, Home& home);
void add_report(CLI::App& app, Home& home);
void add_new(CLI::App& app, Home& home);
void add_probe(CLI::App& app);
void add_measure(CLI::App& app, const std::filesystem::path& home);
void add_repeatability(CLI::App& app);

/// A stack by id or by the path of a file; WrongInput says what is wrong and what is known.
const StackFile& stack_of(Catalog& catalog, const std::string& id);
const MachineFile& machine_of(const Catalog& catalog, const std::string& id);
const WorkloadFile& workload_of(Catalog& catalog, const std::string& id);
const Scenario& scenario_of(Catalog& catalog, const std::string& id);

/// The machine commands assume when none is named.
inline constexpr const char* kDefaultMachine = "m5d_metal";

}  // namespace strata
