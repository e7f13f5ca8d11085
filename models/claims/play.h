#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/claims/rule.h"
#include "models/layers/draws.h"
#include "models/study/catalog.h"

namespace strata {

/// One point of a claim's own play: a stack, a way or a value, one draw of the numbers.
struct PlayPoint {
  const StackFile* stack = nullptr;
  const MachineFile* machine = nullptr;
  std::string way;   ///< of a play along ways
  double value = 0;  ///< of a play along numbers
  Draws draws;
};

/// What was found at a point, by metric.
using PlayAnswers = std::map<std::string, double>;

/// A run of the host or the fleet scale that a claim may ask for. One file a kind.
struct PlayKind {
  std::string id;
  std::string about;
  std::vector<std::pair<std::string, Dimension>> numbers;  ///< it must be told, with dimensions
  std::vector<std::string> choices;                        ///< it must be told by name
  std::vector<std::string> ways;     ///< it knows; empty: its points are numbers
  std::vector<std::string> metrics;  ///< it answers
  /// Reads what does not change from draw to draw, and returns what plays a point. The play and the
  /// catalog must outlive that. Throws std::invalid_argument for a choice that is not known.
  std::function<std::function<PlayAnswers(const PlayPoint&)>(const ClaimPlay&, const Catalog&)>
      open;
};

PlayKind stacked_schedulers_play();  ///< requests on vCPUs that share cores, by a blind scheduler
PlayKind resizing_play();            ///< memory of services that grow and shrink, or cannot
PlayKind billing_play();             ///< functions that come in bursts, and what is paid for them
PlayKind image_storm_play();         ///< starts that wait for their image, on many hosts at once
PlayKind patch_play();               ///< what moves to hosts when a few files of an image change

const std::map<std::string, PlayKind>& play_kinds();

/// What is wrong with a claim's play before it is played: kind, numbers, choices, points.
void check_play(const ClaimFile& claim, const Catalog& catalog, Issues& issues);

/// Metric, stack and point: at stated numbers, and in each draw.
using Plays = std::map<std::tuple<std::string, std::string, std::string>, Sample>;

/// Plays every stack and point at every draw, `jobs` draws at a time; the answers do not depend on
/// `jobs`. `progress` is told how many draws are done. Throws std::runtime_error when one fails.
Plays play_all(const ClaimPlay& play, const Catalog& catalog, int jobs,
               const std::function<void(int)>& progress);

/// Every number with a range that the play rests on.
std::vector<Sourced<Quantity>> numbers_of(const ClaimPlay& play, const Catalog& catalog);

}  // namespace strata
