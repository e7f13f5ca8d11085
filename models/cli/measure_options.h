#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "models/cli/command.h"
#include "real-harness/measuring/measure.h"
#include "real-harness/measuring/recorded.h"
#include "real-harness/runner.h"

namespace strata {

/// What `strata measure` was asked for.
struct MeasureOptions {
  std::vector<std::string> stacks, metrics;
  std::string machine, out, against, recorded;
  std::string image, port, load;        ///< of the user's own application
  std::string guest, until, arguments;  ///< of a machine image of somebody else's
  int memory = 128;                     ///< MiB, its
  double life = 60;                     ///< s
  double target = 0.05;
  double minutes = 0;
  int trials = 0;
  bool page = false;  ///< the guest program's own server
  std::vector<int> bursts, instances;
  double density = 0;  ///< MiB
  bool quick = false, ksm = false, no_figures = false;
};

/// The items whose names were asked for, all when none was; WrongInput names an unknown one.
template <class T, class Name>
std::vector<T> chosen(std::vector<T> all, const std::vector<std::string>& asked, const char* what,
                      Name name) {
  std::vector<std::string> known;
  for (const T& item : all)
    if (std::find(known.begin(), known.end(), name(item)) == known.end())
      known.push_back(name(item));
  for (const std::string& id : asked)
    if (std::find(known.begin(), known.end(), id) == known.end())
      throw WrongInput(fmt::format("'{}' is no {}{}", id, what, suggest(id, known)));
  if (asked.empty()) return all;
  std::erase_if(all, [&](const T& item) {
    return std::find(asked.begin(), asked.end(), name(item)) == asked.end();
  });
  return all;
}

/// The machine's id in the rows: as it was asked for, or made from the host's name.
std::string machine_id(const MeasureOptions& o);

/// The stack the others are held against: the one asked for, or the first.
std::string baseline_of(const MeasureOptions& o, const std::vector<std::string>& stacks);

/// Those that can run here; of the others host says why, and so does standard error.
std::vector<Runner*> able(const std::vector<Runner*>& wanted, nlohmann::ordered_json& host);

/// The rows of a measurement that has ended, and in host why each cell stopped.
void take(Recorded& found, Measurement&& measured);

/// What is the same whether it was measured now or read: the files, the tables, the figure.
void present(const Recorded& found, const std::string& baseline, const MeasureOptions& o,
             const std::filesystem::path& folder, const std::filesystem::path& home);

/// How many samples, and for how long; host is told.
void take_sampling(const MeasureOptions& o, MeasurePlan& plan, nlohmann::ordered_json& host);

/// Measures what is planned, and shows it. The folder is made first, so that a wrong --out costs
/// nothing.
void measure_and_present(const MeasurePlan& plan, Recorded& found, const MeasureOptions& o,
                         const std::filesystem::path& folder, const std::filesystem::path& home);

/// `strata measure --guest`.
void measure_guest(const MeasureOptions& o, const std::filesystem::path& home);

/// `strata measure --image` and `--page`.
void measure_application(const MeasureOptions& o, const std::filesystem::path& home);

}  // namespace strata
