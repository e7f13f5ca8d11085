#include "real-harness/owned/disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <vector>

#include "real-harness/owned/child.h"

namespace strata {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& folder, const std::string& why) {
  throw std::runtime_error(
      fmt::format("{}: {}; set TMPDIR to a folder on a disk", folder.string(), why));
}

/// 64-bit words that do not compress (splitmix64), none of them zero.
void fill(std::vector<std::uint64_t>& words, std::uint64_t& state) {
  for (std::uint64_t& word : words) {
    std::uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = (z ^ (z >> 31)) | 1;
  }
}

}  // namespace

DataFile::DataFile() : path_(folder_.path() / "disk") {
  struct statfs system {};
  // A newer tmpfs takes O_DIRECT and reads from memory all the same.
  if (statfs(folder_.path().c_str(), &system) == 0 && system.f_type == TMPFS_MAGIC)
    refuse(folder_.path(), "is in memory (tmpfs), which is no block device to measure");
  Fd file(open(path_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644));
  const auto must = [&](bool fine) {
    if (!fine) refuse(folder_.path(), std::string("no data file: ") + std::strerror(errno));
  };
  must(file.get() >= 0 && fchmod(file.get(), 0644) == 0);
  std::vector<std::uint64_t> words((1 << 20) / sizeof(std::uint64_t));
  std::uint64_t state = 1;
  for (std::int64_t done = 0; done < kDiskSize; done += 1 << 20) {
    fill(words, state);
    must(write(file.get(), words.data(), 1 << 20) == 1 << 20);
  }
  must(fsync(file.get()) == 0);
  file = Fd(open(path_.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
  if (file.get() < 0) refuse(folder_.path(), "this file system cannot read past its cache");
}

}  // namespace strata
