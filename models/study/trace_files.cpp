#include "models/study/trace_files.h"

#include <zlib.h>

#include <algorithm>
#include <regex>

namespace strata {

namespace fs = std::filesystem;

std::vector<fs::path> trace_files(const fs::path& folder, const std::string& name) {
  const std::regex wanted(name);
  std::vector<fs::path> found;
  std::error_code failed;
  for (auto it = fs::recursive_directory_iterator(folder, failed); !failed && it != fs::end(it);
       it.increment(failed)) {
    if (it.depth() >= 2) it.disable_recursion_pending();
    if (it->is_regular_file() && std::regex_match(it->path().filename().string(), wanted))
      found.push_back(it->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void FileBytes::Close::operator()(void* file) const { gzclose(static_cast<gzFile>(file)); }

FileBytes::FileBytes(const fs::path& file, const std::string& shown, Issues& issues)
    : shown_(shown) {
  // gzopen opens a folder as well, and only fails to read it.
  if (!fs::is_directory(file)) file_.reset(gzopen(file.c_str(), "rb"));
  if (!file_) issues.push_back({{shown}, "", "cannot be read"});
}

std::size_t FileBytes::read(char* out, std::size_t size, Issues& issues) {
  if (!file_) return 0;
  const auto file = static_cast<gzFile>(file_.get());
  const int got = gzread(file, out, static_cast<unsigned>(size));
  int status = Z_OK;
  const char* what = gzerror(file, &status);
  // A file that is cut off reads to its end and only then says so.
  if (got < 0 || (static_cast<std::size_t>(got) < size && status < 0)) {
    issues.push_back({{shown_}, "", std::string("is not whole: ") + what});
    file_.reset();
    return 0;
  }
  return static_cast<std::size_t>(got);
}

Lines::Lines(const fs::path& file, std::string shown, Issues& issues)
    : bytes_(file, shown, issues), shown_(std::move(shown)) {}

bool Lines::next(std::string& line, Issues& issues) {
  constexpr std::size_t kPiece = 1 << 16;
  std::size_t end = buffer_.find('\n', at_);
  while (end == std::string::npos) {
    buffer_.erase(0, at_);
    at_ = 0;
    const std::size_t had = buffer_.size();
    buffer_.resize(had + kPiece);
    const std::size_t got = bytes_.read(buffer_.data() + had, kPiece, issues);
    buffer_.resize(had + got);
    if (got == 0) break;
    end = buffer_.find('\n', had);
  }
  if (end == std::string::npos && at_ == buffer_.size()) return false;
  line.assign(buffer_, at_, end == std::string::npos ? end : end - at_);
  at_ = end == std::string::npos ? buffer_.size() : end + 1;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  ++number_;
  return true;
}

}  // namespace strata
