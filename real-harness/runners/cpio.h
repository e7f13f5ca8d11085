#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

struct stat;

namespace strata {

/// Writes an archive as Linux takes it for its first root (cpio, "newc";
/// Documentation/driver-api/early-userspace/buffer-format.rst). Archives may stand one behind
/// another; a folder comes before what is in it.
class Cpio {
 public:
  explicit Cpio(std::ostream& out) : out_(out) {}

  /// All that is in a folder. Throws std::system_error, or std::runtime_error for files that no
  /// such archive holds (4 GiB and more).
  Cpio& tree(const std::filesystem::path& root);
  /// One file, under that name. Throws like tree().
  Cpio& file(const std::filesystem::path& from, const std::string& name);
  Cpio& folder(const std::string& name);
  Cpio& text(const std::string& name, const std::string& content);
  void end();

 private:
  void add(const std::filesystem::path& path, const std::string& name);
  void header(const std::string& name, const struct stat& file, std::size_t size);
  void pad(std::size_t size);

  std::ostream& out_;
  unsigned number_ = 0;  // of the file; each is its own
};

}  // namespace strata
