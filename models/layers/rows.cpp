#include "models/layers/rows.h"

namespace strata {

Sourced<Duration> duration(const LayerFile& layer, const std::string& parameter) {
  return restore<Dimension::time>(layer.parameters.at(parameter));
}

Sourced<Ratio> ratio(const LayerFile& layer, const std::string& parameter) {
  return restore<Dimension::ratio>(layer.parameters.at(parameter));
}

RowOf::RowOf(const LayerFile& layer, Op op, const std::string& parameter) {
  row_.op = op;
  row_.latency = duration(layer, parameter);
  row_.place = {row_.latency->source.file, row_.latency->source.line, 1};
}

RowOf::RowOf(Op op, std::string_view why) {
  row_.op = op;
  const auto none = structural(0, why);
  row_.latency = Sourced<Duration>{{0}, {0}, {0}, none.source, false, {}};
}

RowOf& RowOf::per_byte(const LayerFile& layer, const std::string& parameter) {
  row_.latency_per_byte = restore<Dimension::time_per_byte>(layer.parameters.at(parameter));
  return *this;
}

RowOf& RowOf::filtered(const LayerFile& layer) {
  if (has(layer, "filter_steps")) row_.filter_steps = ratio(layer, "filter_steps");
  if (has(layer, "filter_steps_per_number"))
    row_.filter_steps_per_number = ratio(layer, "filter_steps_per_number");
  return *this;
}

RowOf& RowOf::copies(double count) {
  row_.copies = count;
  return *this;
}

RowOf& RowOf::batched() {
  row_.causes.back().batched = true;
  return *this;
}

RowOf& RowOf::asynchronous() {
  row_.causes.back().asynchronous = true;
  return *this;
}

RowOf& RowOf::cause(Op op, double count, Cause::Direction direction) {
  row_.causes.push_back({op, structural(count, "the layer model's row"), direction, false, false});
  return *this;
}

}  // namespace strata
