#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <thread>

#include "real-harness/owned/merging.h"
#include "real-harness/owned/owned.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "strata-harness-";
constexpr const char* kGroups = "/sys/fs/cgroup";

/// Control groups of this name in every hierarchy, one level below its root.
std::vector<fs::path> groups_named(const std::string& name) {
  std::vector<fs::path> out;
  std::error_code none;
  const auto add = [&](const fs::path& hierarchy) {
    if (fs::is_directory(hierarchy / name, none)) out.push_back(hierarchy / name);
  };
  add(kGroups);
  for (const auto& entry : fs::directory_iterator(kGroups, none))
    if (entry.is_directory(none) && !entry.is_symlink(none)) add(entry.path());
  return out;
}

void kill_members(const fs::path& group) {
  std::ifstream in(group / "cgroup.procs");
  for (pid_t pid; in >> pid;)
    if (pid > 1 && pid != getpid()) kill(pid, SIGKILL);
}

/// Removes a group, its children first. Only the folders can be removed; the files are the
/// kernel's.
bool remove_group(const fs::path& group) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(group, none))
    if (entry.is_directory(none)) remove_group(entry.path());
  kill_members(group);
  return rmdir(group.c_str()) == 0 || errno == ENOENT;
}

std::vector<std::string> remove_groups_named(const std::string& name) {
  std::vector<std::string> removed;
  for (const fs::path& group : groups_named(name)) {
    bool gone = false;
    for (int i = 0; i < 200 && !(gone = remove_group(group)); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    removed.push_back(gone ? group.string() : group.string() + " (could not be removed)");
  }
  return removed;
}

/// Whether nobody holds the folder's lock any more. Before its lock exists, its maker's pid in its
/// name decides.
bool abandoned(const fs::path& folder) {
  const int fd = open((folder / "lock").c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) {
    const std::string name = folder.filename().string().substr(std::string(kPrefix).size());
    const pid_t pid = std::atoi(name.c_str());
    return pid > 0 && kill(pid, 0) != 0 && errno == ESRCH;
  }
  const bool free = flock(fd, LOCK_EX | LOCK_NB) == 0;
  close(fd);
  return free;
}

bool is_own_folder(const fs::path& path) {
  struct stat s {};
  return lstat(path.c_str(), &s) == 0 && S_ISDIR(s.st_mode) && s.st_uid == geteuid();
}

}  // namespace

OwnedFolder::OwnedFolder() {
  std::string pattern =
      (fs::temp_directory_path() / fmt::format("{}{}-XXXXXX", kPrefix, getpid())).string();
  if (!mkdtemp(pattern.data()))
    throw std::system_error(errno, std::generic_category(),
                            pattern + ": cannot be made; set TMPDIR to a folder you may write to");
  path_ = pattern;
  lock_ = open((path_ / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (lock_ < 0 || flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    fs::remove_all(path_);
    throw std::system_error(error, std::generic_category(), path_.string() + ": cannot be locked");
  }
}

OwnedFolder::~OwnedFolder() {
  remove_groups();
  std::error_code none;
  fs::remove_all(path_, none);
  close(lock_);
}

void OwnedFolder::remove_groups() const { remove_groups_named(name()); }

std::vector<std::string> clean_leftovers() {
  std::vector<std::string> removed;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(fs::temp_directory_path(), none)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(kPrefix, 0) != 0 || !is_own_folder(entry.path()) || !abandoned(entry.path()))
      continue;
    for (std::string& group : remove_groups_named(name)) removed.push_back(std::move(group));
    if (std::string setting = restore_merging(entry.path()); !setting.empty())
      removed.push_back(std::move(setting));
    std::error_code failed;
    fs::remove_all(entry.path(), failed);
    removed.push_back(entry.path().string() + (failed ? " (" + failed.message() + ")" : ""));
  }
  std::sort(removed.begin(), removed.end());
  return removed;
}

}  // namespace strata
