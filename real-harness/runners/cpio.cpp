#include "real-harness/runners/cpio.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace strata {

namespace fs = std::filesystem;

Cpio& Cpio::tree(const fs::path& root) {
  std::vector<fs::path> all;
  for (const auto& entry : fs::recursive_directory_iterator(root)) all.push_back(entry.path());
  std::sort(all.begin(), all.end());  // folders come before what is in them
  for (const fs::path& path : all) add(path, path.lexically_relative(root).string());
  return *this;
}

Cpio& Cpio::file(const fs::path& from, const std::string& name) {
  add(from, name);
  return *this;
}

Cpio& Cpio::folder(const std::string& name) {
  struct stat file {};
  file.st_mode = S_IFDIR | 0755;
  header(name, file, 0);
  return *this;
}

Cpio& Cpio::text(const std::string& name, const std::string& content) {
  struct stat file {};
  file.st_mode = S_IFREG | 0444;
  header(name, file, content.size());
  out_ << content;
  pad(content.size());
  return *this;
}

void Cpio::end() { header("TRAILER!!!", {}, 0); }

void Cpio::add(const fs::path& path, const std::string& name) {
  struct stat file {};
  if (lstat(path.c_str(), &file) != 0)
    throw std::system_error(errno, std::generic_category(), path.string());
  if (S_ISLNK(file.st_mode)) {
    const std::string target = fs::read_symlink(path).string();
    header(name, file, target.size());
    out_ << target;
    return pad(target.size());
  }
  const auto size = S_ISREG(file.st_mode) ? static_cast<std::size_t>(file.st_size) : 0;
  if (size > 0xffffffff)
    throw std::runtime_error(path.string() + ": is too large for a guest's first root");
  header(name, file, size);
  if (size == 0) return;
  std::ifstream in(path, std::ios::binary);
  if (!(out_ << in.rdbuf())) throw std::runtime_error(path.string() + ": cannot be copied");
  pad(size);
}

void Cpio::header(const std::string& name, const struct stat& file, std::size_t size) {
  // Inode, mode, user, group, links, time, size, the device the file is on and the one it is, the
  // size of the name, and a checksum that this format leaves at 0.
  out_ << fmt::format("070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}",
                      ++number_, file.st_mode, file.st_uid, file.st_gid, 1, 0, size, 0, 0,
                      major(file.st_rdev), minor(file.st_rdev))
       << fmt::format("{:08x}{:08x}", name.size() + 1, 0) << name << '\0';
  pad(110 + name.size() + 1);
}

void Cpio::pad(std::size_t size) { out_.write("\0\0\0", static_cast<long>((4 - size % 4) % 4)); }

}  // namespace strata
