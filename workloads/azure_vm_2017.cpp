// Reads virtual machines of the Azure Public Dataset V1 (Cortez et al., "Resource Central", SOSP
// 2017; CC-BY) in the form of Bergsma et al. (SOSP 2021): a line every five minutes with the
// flavours that arrive, in batches, and a file beside it with the time each lived.
//
//   NAME.txt           "300 g,|,b,m,|": seconds, then a letter a machine; | ends a batch
//   NAME.cEDGE.txt     "300 U3,|,U0,C38,|": ended (U) in a bin of lives or still running (C) at EDGE
//   flav_map.txt       "2,3.5 g": cores, GB, letter
//   *.interval_map.txt "600 2": seconds, bin

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>

#include "models/base/random.h"
#include "models/study/catalog.h"
#include "models/study/trace_files.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kBin = 300;  // s: the data set's clock

/// The next field of a comma list, and whether there was one.
bool field(std::string_view& rest, std::string_view& out) {
  if (rest.empty()) return false;
  const std::size_t comma = rest.find(',');
  out = rest.substr(0, comma);
  rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  return true;
}

struct Files {
  fs::path arrivals, lives;
  std::int64_t edge = 0;
  std::map<std::string, std::uint32_t, std::less<>> letters;
  std::vector<std::pair<std::int64_t, std::int64_t>> bins;  ///< first and last life in it, s
};

/// Both files line by line. What is wrong is an issue and ends the stream.
class Machines final : public VmSource {
 public:
  Machines(Files files, std::uint64_t seed, Issues& issues)
      : files_(std::move(files)),
        arrivals_(files_.arrivals, files_.arrivals.string(), issues),
        lives_(files_.lives, files_.lives.string(), issues),
        draws_(seed, "azure_vm_2017.life") {}

  bool next(VmRequest& out) override {
    Issues issues;
    return next(out, issues) && issues.empty();
  }

  bool next(VmRequest& out, Issues& issues) {
    std::string_view flavour, life;
    for (;;) {
      while (!field(flavours_left_, flavour)) {
        if (!lives_left_.empty()) return wrong(lives_, "has more lives than machines", issues);
        if (!next_line(issues)) return false;
      }
      if (!field(lives_left_, life)) return wrong(lives_, "has fewer lives than machines", issues);
      if (flavour != "|") break;
      if (life != "|") return wrong(lives_, "ends its batches elsewhere", issues);
      ++batch_;
    }
    const auto letter = files_.letters.find(flavour);
    if (letter == files_.letters.end())
      return wrong(arrivals_, fmt::format("'{}' is no flavour of flav_map.txt", flavour), issues);
    const auto bin = life.empty() ? std::nullopt : number<std::size_t>(life.substr(1));
    if (!bin || *bin >= files_.bins.size() || (life[0] != 'U' && life[0] != 'C'))
      return wrong(lives_, fmt::format("'{}' is no life: expected U or C and a bin", life), issues);
    const std::int64_t left = files_.edge - now_;
    out = {now_ - begin_, left, letter->second, batch_, life[0] == 'C'};
    if (out.censored) return true;
    const auto [first, last] = files_.bins[*bin];
    if (first >= left)
      return wrong(lives_, fmt::format("'{}' ends after the edge of {} s", life, files_.edge),
                   issues);
    out.life = draw_life(first, std::min(last, left - kBin));
    return true;
  }

 private:
  /// Equally likely among the multiples of 300 s in a bin that had ended by the edge. A machine
  /// that was created and deleted within one five minutes lived as long as two moments in them are
  /// apart.
  std::int64_t draw_life(std::int64_t first, std::int64_t last) {
    if (last < kBin) {
      const double apart = std::abs(draws_.uniform() - draws_.uniform());
      return 1 + static_cast<std::int64_t>(apart * (kBin - 1));
    }
    if (first == last) return first;
    const auto choices = static_cast<double>((last - first) / kBin + 1);
    return first + kBin * static_cast<std::int64_t>(draws_.uniform() * choices);
  }

  bool next_line(Issues& issues) {
    if (!arrivals_.next(flavours_, issues)) {
      if (issues.empty() && lives_.next(lived_, issues))
        return wrong(lives_, "has more lines than the file of arrivals", issues);
      return false;
    }
    if (!lives_.next(lived_, issues))
      return wrong(arrivals_, "has more lines than the file of lives", issues);
    std::int64_t at = 0, same = 0;
    if (!split(flavours_, at, flavours_left_))
      return wrong(arrivals_, "expected seconds, a space and a list", issues);
    if (!split(lived_, same, lives_left_) || same != at)
      return wrong(lives_, fmt::format("expected a list for {} s", at), issues);
    if (begin_ < 0) begin_ = at;
    if (at < now_ || at >= files_.edge)
      return wrong(arrivals_, fmt::format("{} s is out of order or past the edge", at), issues);
    now_ = at;
    ++batch_;
    return true;
  }

  static bool split(std::string_view line, std::int64_t& at, std::string_view& list) {
    const std::size_t space = line.find(' ');
    const auto seconds = number<std::int64_t>(line.substr(0, space));
    if (!seconds || space == std::string_view::npos) return false;
    at = *seconds;
    list = line.substr(space + 1);
    return true;
  }

  static bool wrong(const Lines& file, const std::string& what, Issues& issues) {
    issues.push_back({file.place(), "", what});
    return false;
  }

  Files files_;
  Lines arrivals_, lives_;
  Stream draws_;
  std::string flavours_, lived_;
  std::string_view flavours_left_, lives_left_;
  std::int64_t now_ = 0, begin_ = -1;
  std::uint32_t batch_ = 0;
};

/// The flavours in the order of the map; their letters go into `files`.
std::vector<Capacity> read_flavours(const fs::path& file, Files& files, Issues& issues) {
  std::vector<Capacity> out;
  Lines lines(file, file.string(), issues);
  for (std::string line; lines.next(line, issues);) {
    static const std::regex form(R"((\d+),([0-9.]+) (\S+))");
    std::smatch match;
    const bool matches = std::regex_match(line, match, form);
    const auto cores = matches ? number<std::uint32_t>(match[1].str()) : std::nullopt;
    const auto gib = matches ? number<double>(match[2].str()) : std::nullopt;
    if (!cores || !gib) {
      issues.push_back({lines.place(), "", "expected cores,GB and a letter, as in '2,3.5 g'"});
      continue;
    }
    files.letters.emplace(match[3].str(), static_cast<std::uint32_t>(out.size()));
    out.push_back({*cores, static_cast<std::uint32_t>(std::lround(*gib * 1024))});
  }
  return out;
}

void read_bins(const fs::path& file, Files& files, Issues& issues) {
  Lines lines(file, file.string(), issues);
  for (std::string line; lines.next(line, issues);) {
    const std::size_t space = line.find(' ');
    const auto seconds = number<std::int64_t>(std::string_view(line).substr(0, space));
    const auto bin = space == std::string::npos
                         ? std::nullopt
                         : number<std::size_t>(std::string_view(line).substr(space + 1));
    if (!seconds || !bin || *bin > files.bins.size()) {
      issues.push_back({lines.place(), "", "expected seconds and a bin, bins in order from 0"});
      return;
    }
    if (*bin == files.bins.size()) files.bins.emplace_back(*seconds, *seconds);
    files.bins[*bin].second = *seconds;
  }
}

VmTrace open(const fs::path& folder, const VmTraceOptions& options, Issues& issues) {
  VmTrace trace;
  const auto lives = trace_files(folder, R"(v1\..*\.c\d+\.txt(\.gz)?)");
  if (lives.empty()) {
    issues.push_back({{folder.string()},
                      "",
                      "holds no Azure VM 2017 trace: expected v1.NAME.cSECONDS.txt beside "
                      "v1.NAME.txt, flav_map.txt and v1.interval_map.txt"});
    return trace;
  }
  std::vector<std::string> parts;
  Files files;
  for (const fs::path& file : lives) {
    std::smatch match;
    const std::string name = file.filename().string();
    std::regex_match(name, match, std::regex(R"(v1\.(.*)\.c(\d+)\.txt(\.gz)?)"));
    parts.push_back(match[1]);
    if (!files.lives.empty() || (!options.part.empty() && options.part != parts.back())) continue;
    const auto edge = number<std::int64_t>(match[2].str());
    if (!edge) {
      issues.push_back({{file.string()}, "", "names an edge that is no number of seconds"});
      return trace;
    }
    files.edge = *edge;
    files.lives = file;
    files.arrivals = file.parent_path() / ("v1." + parts.back() + ".txt");
    if (!fs::exists(files.arrivals)) files.arrivals += ".gz";
  }
  if (files.lives.empty()) {
    issues.push_back({{folder.string()},
                      "",
                      fmt::format("has no part '{}'{}", options.part, suggest(options.part, parts))});
    return trace;
  }
  trace.shapes = read_flavours(files.lives.parent_path() / "flav_map.txt", files, issues);
  read_bins(files.lives.parent_path() / "v1.interval_map.txt", files, issues);
  if (!issues.empty()) return trace;

  // Everything is looked at before anything is handed out: a mistake in the last line is one too.
  std::uint64_t all = 0, censored = 0;
  Machines look(files, options.seed, issues);
  for (VmRequest vm; issues.empty() && look.next(vm, issues); ++all) censored += vm.censored;
  if (issues.empty() && all == 0)
    issues.push_back({{files.arrivals.string()}, "", "holds no machine"});
  if (!issues.empty()) return trace;
  trace.notes.push_back(
      fmt::format("{} of {} machines still ran when the trace ends; they end with it", censored, all));
  trace.notes.push_back("lives are known to 300 s below an hour, to an hour below a day and to a "
                        "day above; within that they are drawn uniformly");
  trace.requests = std::make_unique<Machines>(files, options.seed, issues);
  return trace;
}

}  // namespace

void workload_azure_vm_2017(Catalog& catalog) {
  catalog.vm_traces["azure_vm_2017"] = {
      "azure_vm_2017",
      "virtual machines of Azure, 2017: flavour, batch and life of each", open};
}

}  // namespace strata
