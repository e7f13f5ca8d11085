#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/study/layer_file.h"

namespace strata {

/// A parameter that a layer model understands.
struct Parameter {
  std::string name;
  Dimension dimension{};
  bool required = false;
  std::string meaning;
};

/// A layer model turns a handful of named parameters into rows, so that two layers of one kind
/// differ in numbers only. The four of Strata are in models/layers; a plug-in may bring another.
struct Model {
  std::string id;
  std::string about;
  std::vector<Crossing> accepts;  ///< by which edges it may be entered
  std::vector<Op> passes;         ///< operations that go on to the layer beneath untouched
  std::vector<Parameter> parameters;
  /// Rows of a layer whose parameters were checked against `parameters`.
  std::function<std::vector<Row>(const LayerFile&)> rows;
};

/// Fills in what a layer's model decides (accepts, passes, rows) and checks its parameters. A row
/// that the layer's file states stands in place of the model's.
void complete(LayerFile& layer, const std::map<std::string, Model>& models, Issues& issues);

}  // namespace strata
