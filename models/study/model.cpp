#include "models/study/model.h"

#include <fmt/format.h>

#include <algorithm>

namespace strata {
namespace {

void check_parameters(const LayerFile& layer, const Model& model, Issues& issues) {
  std::vector<std::string> known;
  for (const Parameter& p : model.parameters) {
    known.push_back(p.name);
    const auto found = layer.parameters.find(p.name);
    if (found == layer.parameters.end()) {
      if (p.required)
        issues.push_back({layer.place, "parameters." + p.name,
                          fmt::format("is missing: {}, a {} such as {}", p.meaning,
                                      name(p.dimension), example(p.dimension))});
    } else if (found->second.value.dimension != p.dimension) {
      const Source& at = found->second.source;
      issues.push_back({{at.file, at.line, 1},
                        "parameters." + p.name,
                        fmt::format("must be a {} such as {}, not a {}", name(p.dimension),
                                    example(p.dimension), name(found->second.value.dimension))});
    }
  }
  for (const auto& [key, n] : layer.parameters)
    if (std::find(known.begin(), known.end(), key) == known.end())
      issues.push_back(
          {{n.source.file, n.source.line, 1},
           "parameters." + key,
           fmt::format("is no parameter of the {} model{}", layer.model, suggest(key, known, 60))});
}

void check_table(const LayerFile& layer, Issues& issues) {
  if (!layer.accepts)
    issues.push_back({layer.place, "accepts",
                      "is missing: a table layer says by which crossings it may be entered" +
                          suggest("", crossing_names())});
  if (!layer.parameters.empty())
    issues.push_back(
        {layer.place, "parameters", "has no meaning in a table layer: it has rows only"});
}

}  // namespace

void complete(LayerFile& layer, const std::map<std::string, Model>& models, Issues& issues) {
  if (layer.model == "table") return check_table(layer, issues);
  const auto it = models.find(layer.model);
  if (it == models.end()) {
    std::vector<std::string> known;
    for (const auto& entry : models) known.push_back(entry.first);
    known.emplace_back("table");
    if (!layer.model.empty())
      issues.push_back(
          {layer.place, "model",
           fmt::format("'{}' is no layer model{}", layer.model, suggest(layer.model, known))});
    return;
  }
  const Model& model = it->second;
  const std::size_t before = issues.size();
  check_parameters(layer, model, issues);
  if (!layer.accepts) layer.accepts = model.accepts;
  if (issues.size() != before) return;
  std::vector<Row> made = model.rows(layer);
  for (Row& row : made)
    if (!states(layer, row.op)) layer.rows.push_back(std::move(row));
  for (const Op op : model.passes)
    if (!states(layer, op)) layer.passes.push_back(op);
}

}  // namespace strata
