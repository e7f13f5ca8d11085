#include "real-harness/owned/merging.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace strata {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSettings = "/sys/kernel/mm/ksm/";
constexpr const char* kKept = "ksm";  // the file in the owned folder

/// In the order in which they are set: it runs when all else is.
constexpr std::pair<const char*, std::int64_t> kWanted[] = {
    {"pages_to_scan", 5000}, {"sleep_millisecs", 20}, {"run", 1}};

/// Marks of a kernel that has looked at every page: its first look at a page only notes it, and
/// the second merges it.
constexpr std::int64_t kLooks = 4;

std::optional<std::int64_t> setting(const std::string& name) {
  std::int64_t value = 0;
  std::ifstream in(kSettings + name);
  return in >> value ? std::optional(value) : std::nullopt;
}

bool set(const std::string& name, std::int64_t value) {
  std::ofstream out(kSettings + name);
  out << value << std::flush;
  return out.good();
}

/// Pages that are there for others as well, whatever the kernel calls them.
std::int64_t merged_pages() {
  return setting("pages_sharing").value_or(0) + setting("ksm_zero_pages").value_or(0);
}

}  // namespace

std::optional<std::string> PageMerging::cannot() {
  if (!setting("run")) return "this kernel cannot merge pages (CONFIG_KSM)";
  if (access((std::string(kSettings) + "run").c_str(), W_OK) != 0)
    return "to turn on page merging needs root; run strata with sudo";
  return std::nullopt;
}

std::string PageMerging::changes() {
  std::string text;
  for (const auto& [name, value] : kWanted)
    text += fmt::format("{}{} {} (is {})", text.empty() ? "" : ", ", name, value,
                        setting(name).value_or(-1));
  return text;
}

PageMerging::PageMerging() {
  if (const auto reason = cannot()) throw std::runtime_error(*reason);
  lock_ = Fd(open((std::string(kSettings) + "run").c_str(), O_RDONLY | O_CLOEXEC));
  if (lock_.get() < 0 || flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
    throw std::runtime_error("another program measures page merging on this machine");
  clean_leftovers();  // what a killed one left would be taken for this machine's own settings
  std::ofstream kept(folder_.path() / kKept);
  for (const auto& [name, value] : kWanted)
    kept << name << " " << setting(name).value_or(value) << "\n";
  kept.close();
  if (!kept) throw std::runtime_error("the settings of page merging could not be kept");
  for (const auto& [name, value] : kWanted)
    if (!set(name, value)) {
      restore_merging(folder_.path());
      throw std::runtime_error(fmt::format("page merging takes no {} {}", name, value));
    }
}

PageMerging::~PageMerging() { restore_merging(folder_.path()); }

void PageMerging::settle(std::chrono::seconds longest) const {
  const std::int64_t until = now() + longest.count() * 1'000'000'000;
  const std::int64_t first = setting("full_scans").value_or(0);
  for (std::int64_t scans = first, merged = -1; now() < until; usleep(20'000)) {
    const std::int64_t at = setting("full_scans").value_or(0);
    if (at == scans) continue;
    // A full look at all pages is over. A thousandth more or less is what others do.
    const std::int64_t is = merged_pages();
    if (at - first >= kLooks && std::abs(is - merged) * 1000 <= is) return;
    scans = at, merged = is;
  }
  throw std::runtime_error(
      fmt::format("pages were still being merged after {} s", longest.count()));
}

double merging_notes_kib(const std::vector<fs::path>& processes) {
  constexpr double kNote = 64;  // bytes; struct ksm_rmap_item on 64-bit machines
  double notes = 0;
  for (const fs::path& process : processes) {
    std::ifstream in(process / "ksm_stat");
    std::string key;
    for (double value = 0; in >> key >> value;)
      if (key == "ksm_rmap_items") notes += value;
  }
  return notes * kNote / 1024;
}

std::string restore_merging(const fs::path& folder) {
  std::ifstream kept(folder / kKept);
  std::string text, name;
  bool fine = true;
  for (std::int64_t value = 0; kept >> name >> value;) {
    const bool known = std::any_of(std::begin(kWanted), std::end(kWanted),
                                   [&](const auto& wanted) { return name == wanted.first; });
    fine = known && set(name, value) && fine;
    text += fmt::format(" {} {}", name, value);
  }
  if (text.empty()) return "";
  return fmt::format("the settings of page merging, back to:{}{}", text,
                     fine ? "" : " (could not be set)");
}

}  // namespace strata
