#include "real-harness/owned/memory.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace strata {
namespace {

namespace fs = std::filesystem;

/// The hierarchy of control groups that counts memory here.
struct Hierarchy {
  fs::path root;       ///< empty: there is none
  std::string prefix;  ///< of its line in /proc/PID/cgroup
  std::string file;    ///< in each group
  std::string key;     ///< of the line in that file; empty: it has one number
  std::string limit;   ///< the file for the bytes its members may have
};

Hierarchy hierarchy() {
  const fs::path mounted = "/sys/fs/cgroup";
  if (fs::exists(mounted / "memory/memory.kmem.usage_in_bytes"))
    return {mounted / "memory", ":memory:", "memory.kmem.usage_in_bytes", "",
            "memory.limit_in_bytes"};
  std::ifstream in(mounted / "cgroup.subtree_control");
  for (std::string word; in >> word;)
    if (word == "memory") return {mounted, "0::", "memory.stat", "kernel", "memory.max"};
  return {};
}

/// The value of a line "KEY[:] NUMBER", or of the first number where the key is empty.
std::optional<double> number_in(const fs::path& file, const std::string& key) {
  std::ifstream in(file);
  double value = 0;
  if (key.empty()) return in >> value ? std::optional(value) : std::nullopt;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string word;
    if (words >> word >> value && (word == key || word == key + ":")) return value;
  }
  return std::nullopt;
}

/// The group that a process is in; empty: it says none.
fs::path group_of(const fs::path& process, const Hierarchy& in_hierarchy) {
  std::ifstream in(process / "cgroup");
  for (std::string line; std::getline(in, line);) {
    const std::size_t at = line.find(in_hierarchy.prefix);
    if (at != std::string::npos)
      return (in_hierarchy.root / line.substr(at + in_hierarchy.prefix.size() + 1))
          .lexically_normal();
  }
  return {};
}

bool is_within(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

constexpr const char* kOfTheMachine[] = {"Slab", "KernelStack", "PageTables", "SecPageTables",
                                         "Percpu"};

double kib_of_the_machine() {
  double sum = 0;
  for (const char* key : kOfTheMachine) sum += number_in("/proc/meminfo", key).value_or(0);
  return sum;
}

/// A group made for this; without the right to, or without what counts in it, there is none.
fs::path make_group(const Hierarchy& in, const std::string& name) {
  std::error_code failed;
  const fs::path group = in.root / name;
  if (in.root.empty() || !fs::create_directory(group, failed)) return {};
  if (number_in(group / in.file, in.key)) return group;
  fs::remove(group, failed);
  return {};
}

}  // namespace

std::optional<MemoryUse> memory_of(const std::vector<fs::path>& processes) {
  MemoryUse use;
  bool all = !processes.empty();
  for (const fs::path& process : processes) {
    std::ifstream in(process / "smaps_rollup");
    bool any = false;
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::string key;
      std::int64_t kib = 0;
      if (!(words >> key >> kib)) continue;
      if (key == "Rss:") use.rss += kib, any = true;
      if (key == "Pss:") use.pss += kib;
      if (key == "Private_Clean:" || key == "Private_Dirty:") use.private_ += kib;
    }
    all = all && any;
  }
  if (!all) return std::nullopt;
  return use;
}

double free_memory() { return number_in("/proc/meminfo", "MemAvailable").value_or(0) / 1024; }

MemoryGroup::MemoryGroup() {
  const Hierarchy in = hierarchy();
  path_ = make_group(in, folder_.name());
  if (path_.empty()) return;
  const auto members = [](const fs::path& group) {
    return Fd(open((group / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  };
  instance_ = members(path_);
  home_ = members(group_of("/proc/self", in));
  if (instance_.get() < 0 || home_.get() < 0) path_.clear(), instance_.reset(), home_.reset();
}

MemoryGroup::MemoryGroup(int mib) : MemoryGroup() {
  if (path_.empty()) return;
  std::ofstream limit(path_ / hierarchy().limit);
  if (!(limit << std::int64_t{mib} * 1024 * 1024 << std::flush))
    throw std::runtime_error(path_.string() + ": takes no limit");
}

KernelMemory::KernelMemory() : before_(kib_of_the_machine()) {}

double KernelMemory::kib(const std::vector<fs::path>& processes) const {
  if (group_.path().empty()) return kib_of_the_machine() - before_;
  const Hierarchy in = hierarchy();
  const fs::path own = group_of("/proc/self", in);
  std::vector<fs::path> groups = {group_.path()};
  for (const fs::path& process : processes) {
    const fs::path group = group_of(process, in);
    // A group counts what is in the groups below it, too; one with this program in it counts more.
    const auto counts = [&](const fs::path& known) { return is_within(group, known); };
    if (!group.empty() && !is_within(own, group) &&
        std::none_of(groups.begin(), groups.end(), counts))
      groups.push_back(group);
  }
  double bytes = 0;
  for (const fs::path& group : groups) bytes += number_in(group / in.file, in.key).value_or(0);
  if (bytes <= 0)
    throw std::runtime_error("the kernel counts no memory of its own (cgroup.memory=nokmem?)");
  return bytes / 1024;
}

std::string KernelMemory::source() {
  if (!MemoryGroup().path().empty()) {
    const Hierarchy in = hierarchy();
    return fmt::format("{} of the instances' control groups",
                       in.key.empty() ? in.file : in.file + ", " + in.key);
  }
  std::string keys;
  for (const char* key : kOfTheMachine) keys += (keys.empty() ? "" : " + ") + std::string(key);
  return "the difference of /proc/meminfo's " + keys + ", which other programs move as well";
}

}  // namespace strata
