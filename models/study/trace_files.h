#pragma once

#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/issue.h"

namespace strata {

/// The files in a folder and down to two folders beneath it whose names match a regular expression
/// (ECMAScript, the whole name), in alphabetical order of their paths.
std::vector<std::filesystem::path> trace_files(const std::filesystem::path& folder,
                                               const std::string& name);

/// A text that is a number and nothing else.
template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The bytes of a file, plain or compressed by gzip, piece by piece (zlib).
class FileBytes {
 public:
  /// What cannot be read becomes an issue, and then there are no bytes.
  FileBytes(const std::filesystem::path& file, const std::string& shown, Issues& issues);
  /// Up to `size` bytes into `out`; 0 at the end, or after a mistake in the compressed data, which
  /// becomes an issue.
  std::size_t read(char* out, std::size_t size, Issues& issues);

 private:
  struct Close {
    void operator()(void* file) const;
  };
  std::unique_ptr<void, Close> file_;
  std::string shown_;
};

/// The lines of such a file, one at a time, without their ends (\n or \r\n).
class Lines {
 public:
  Lines(const std::filesystem::path& file, std::string shown, Issues& issues);
  bool next(std::string& line, Issues& issues);
  /// Of the line that next() gave.
  Place place() const { return {shown_, number_, 1}; }

 private:
  FileBytes bytes_;
  std::string shown_, buffer_;
  std::size_t at_ = 0;
  int number_ = 0;
};

}  // namespace strata
