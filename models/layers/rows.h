#pragma once

#include <string>
#include <vector>

#include "models/study/layer_file.h"

namespace strata {

/// How the layer models write their rows down: `cost(layer, Op::packet_send, "packet_send")` and
/// then what it causes.
class RowOf {
 public:
  /// A row whose latency is that parameter of the layer (which the model requires).
  RowOf(const LayerFile& layer, Op op, const std::string& parameter);
  /// A row that costs nothing of its own, for the reason given.
  RowOf(Op op, std::string_view why);

  RowOf& per_byte(const LayerFile& layer, const std::string& parameter);
  /// Goes through the layer's filter of system calls: its parameters filter_steps and
  /// filter_steps_per_number, where it states them.
  RowOf& filtered(const LayerFile& layer);
  RowOf& copies(double count);
  RowOf& below(Op op, double count = 1) { return cause(op, count, Cause::Direction::below); }
  RowOf& above(Op op, double count = 1) { return cause(op, count, Cause::Direction::above); }
  RowOf& here(Op op, double count = 1) { return cause(op, count, Cause::Direction::here); }
  RowOf& batched();       ///< marks the cause added last
  RowOf& asynchronous();  ///< marks the cause added last

  operator Row() const { return row_; }  // NOLINT: the builder stands for what it builds

 private:
  RowOf& cause(Op op, double count, Cause::Direction direction);
  Row row_;
};

/// A parameter of a layer as a duration. Precondition: the model requires it or has() is true.
Sourced<Duration> duration(const LayerFile& layer, const std::string& parameter);
/// The same as a plain number.
Sourced<Ratio> ratio(const LayerFile& layer, const std::string& parameter);
inline bool has(const LayerFile& layer, const std::string& parameter) {
  return layer.parameters.contains(parameter);
}

}  // namespace strata
