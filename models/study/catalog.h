#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "models/study/claim_file.h"
#include "models/study/cost_file.h"
#include "models/study/invocations.h"
#include "models/study/keep_alive.h"
#include "models/study/machine_file.h"
#include "models/study/model.h"
#include "models/study/overlay.h"
#include "models/study/placement.h"
#include "models/study/published.h"
#include "models/study/scenario.h"
#include "models/study/stack_file.h"
#include "models/study/trace.h"
#include "models/study/usage.h"
#include "models/study/vm_trace.h"
#include "models/study/workload_file.h"

namespace strata {

enum class FileKind { stack, layer, machine, workload, scenario, claim, costs };
std::string_view name(FileKind kind);

/// Everything known in this run, by id: what the project's folders hold and what plug-ins add. A
/// plain value; whoever needs it is given it.
///
/// A file with mistakes is not in its map; its issues are under its name in `broken`, so that a
/// mistake in one stack does not keep the others from running. Only scenarios and claims (whose
/// names `check` looks up) and layers (whose stacks report them) stay.
struct Catalog {
  std::filesystem::path home;
  std::map<FileKind, std::vector<std::string>> folders;  ///< where files of a kind were looked for
  std::map<std::string, Model> models;
  std::map<std::string, Node> layers;  ///< trees: a stack lays its own keys upon them
  std::map<std::string, StackFile> stacks;
  std::map<std::string, MachineFile> machines;
  std::map<std::string, WorkloadFile> workloads;
  std::map<std::string, Scenario> scenarios;
  std::map<std::string, ClaimFile> claims;
  std::map<std::string, TraceReader> traces;
  std::map<std::string, InvocationReader> invocations;
  std::map<std::string, VmTraceReader> vm_traces;
  std::map<std::string, UsageReader> usages;
  std::map<std::string, PlacementPolicy> policies;
  std::map<std::string, KeepAlivePolicy> keep_alives;
  std::map<std::string, CostFile> costs;
  Published published;
  Overlay overlay;                       ///< laid upon every file that is read
  std::map<std::string, int> laid;       ///< ids of the overlay that were found, how often
  std::map<std::string, Issues> broken;  ///< "stacks/mine.toml" -> what is wrong with it
};

/// Reads stacks/, workloads/ and results/published/ under `home` into a catalog that already knows
/// the models (and whatever plug-ins added).
void read_home(const std::filesystem::path& home, Catalog& catalog);

/// Reads one more folder of stacks, with its layers/ and machines/, or of workloads, with its
/// scenarios/. A name that is taken, or a folder that holds nothing of the kind, is an issue;
/// mistakes in its files are in `broken`, like those of the project's own.
void read_more_stacks(const std::filesystem::path& folder, Catalog& catalog, Issues& issues);
void read_more_workloads(const std::filesystem::path& folder, Catalog& catalog, Issues& issues);

/// What is wrong with the file of that kind and id; nothing when it is not broken.
const Issues* broken(const Catalog& catalog, FileKind kind, const std::string& id);

/// Reads one file of any kind, as `check` and a path on the command line do, and adds it to the
/// catalog under its stem. Returns its kind, or nothing when the issues say why not.
std::optional<FileKind> read_file(const std::filesystem::path& file, Catalog& catalog,
                                  Issues& issues);

/// The machine of that id or alias; an issue that lists the known ones when there is none.
const MachineFile* find_machine(const Catalog& catalog, const std::string& id, Issues& issues);

template <class T>
std::vector<std::string> ids(const std::map<std::string, T>& map) {
  std::vector<std::string> out;
  for (const auto& entry : map) out.push_back(entry.first);
  return out;
}

}  // namespace strata
