#include "models/claims/play.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "models/host/workers.h"
#include "models/study/numbers.h"

namespace strata {

const std::map<std::string, PlayKind>& play_kinds() {
  static const std::map<std::string, PlayKind> kKinds = [] {
    std::map<std::string, PlayKind> kinds;
    for (PlayKind& kind : std::vector<PlayKind>{stacked_schedulers_play(), resizing_play(),
                                                billing_play(), image_storm_play(), patch_play()})
      kinds.emplace(kind.id, std::move(kind));
    return kinds;
  }();
  return kKinds;
}

namespace {

const MachineFile* machine_of(const ClaimPlay& play, const Catalog& catalog) {
  Issues issues;
  return find_machine(catalog, play.machine, issues);
}

std::vector<std::string> points_of(const ClaimPlay& play) {
  std::vector<std::string> out = play.ways;
  for (const double value : play.values) out.push_back(fmt::format("{:g}", value));
  return out;
}

PlayPoint point_of(const ClaimPlay& play, const Catalog& catalog, const std::string& stack,
                   std::size_t at, const Draws& draws) {
  PlayPoint point{&catalog.stacks.at(stack), machine_of(play, catalog), "", 0, draws};
  if (play.ways.empty())
    point.value = play.values[at];
  else
    point.way = play.ways[at];
  return point;
}

}  // namespace

void check_play(const ClaimFile& claim, const Catalog& catalog, Issues& issues) {
  const ClaimPlay& play = claim.play;
  if (play.kind.empty()) return;
  const auto complain = [&](const std::string& key, const std::string& message) {
    issues.push_back({play.place, "play." + key, message});
  };
  const auto unknown = [&](const std::string& key, const std::string& text, const char* what,
                           const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), text) == known.end())
      complain(key, fmt::format("'{}' is no {}{}", text, what, suggest(text, known, 60)));
  };
  unknown("kind", play.kind, "kind of play", ids(play_kinds()));
  for (const std::string& stack : play.stacks)
    unknown("stack", stack, "stack", ids(catalog.stacks));
  Issues found;
  if (!find_machine(catalog, play.machine, found)) complain("machine", found.front().message);
  const auto it = play_kinds().find(play.kind);
  if (it == play_kinds().end()) return;
  const PlayKind& kind = it->second;
  for (const auto& [key, dimension] : kind.numbers) {
    const auto number = play.numbers.find(key);
    if (number == play.numbers.end())
      complain("numbers." + key, fmt::format("is missing: a {} such as {{ value = \"{}\", from = "
                                             "\"...\" }}",
                                             name(dimension), example(dimension)));
    else if (number->second.value.dimension != dimension)
      complain("numbers." + key,
               fmt::format("must be a {} such as {}", name(dimension), example(dimension)));
  }
  std::vector<std::string> keys;
  for (const auto& [key, dimension] : kind.numbers) keys.push_back(key);
  for (const auto& [key, number] : play.numbers) unknown("numbers", key, "number of it", keys);
  for (const std::string& key : kind.choices)
    if (!play.choices.contains(key)) complain("choices." + key, "is missing");
  for (const auto& [key, text] : play.choices)
    unknown("choices", key, "choice of it", kind.choices);
  if (kind.ways.empty() && !play.ways.empty())
    complain("ways", "are none of this kind: its points are numbers, in values");
  if (!kind.ways.empty() && play.ways.empty())
    complain("ways", fmt::format("are missing; known are {}", fmt::join(kind.ways, ", ")));
  for (const std::string& way : play.ways) unknown("ways", way, "way", kind.ways);
}

Plays play_all(const ClaimPlay& play, const Catalog& catalog, int jobs,
               const std::function<void(int)>& progress) {
  const auto run = play_kinds().at(play.kind).open(play, catalog);
  const std::vector<std::string> points = points_of(play);
  const auto task = [&](int trial) {
    nlohmann::json out = nlohmann::json::array();
    for (const std::string& stack : play.stacks)
      for (std::size_t at = 0; at < points.size(); ++at)
        out.push_back(run(point_of(play, catalog, stack, at, {play.seed, trial})));
    return out.dump();
  };
  Plays plays;
  int trial = 0;
  for (const TaskResult& result : run_forked(play.trials + 1, jobs, task, progress)) {
    if (!result.failure.empty())
      throw std::runtime_error(fmt::format("{}, draw {}: {}", play.kind, trial, result.failure));
    const auto answers = nlohmann::json::parse(result.output);
    std::size_t i = 0;
    for (const std::string& stack : play.stacks)
      for (const std::string& at : points)
        for (const auto& [metric, value] : answers[i++].get<PlayAnswers>()) {
          Sample& sample = plays[{metric, stack, at}];
          if (trial == 0)
            sample.value = value;
          else
            sample.draws.push_back(value);
        }
    ++trial;
  }
  return plays;
}

std::vector<Sourced<Quantity>> numbers_of(const ClaimPlay& play, const Catalog& catalog) {
  std::vector<Sourced<Quantity>> out;
  for (const auto& [key, number] : play.numbers) out.push_back(number);
  for (const std::string& stack : play.stacks)
    for (const NamedNumber& n : numbers(catalog.stacks.at(stack))) out.push_back(n.number);
  for (const auto& crossing : machine_of(play, catalog)->crossings) out.push_back(erase(crossing));
  if (const auto named = play.choices.find("costs"); named != play.choices.end())
    if (const auto costs = catalog.costs.find(named->second); costs != catalog.costs.end())
      for (const auto& [key, number] : costs->second.numbers) out.push_back(erase(number));
  return out;
}

}  // namespace strata
