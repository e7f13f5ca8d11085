#include "models/study/overlay.h"

#include <fmt/format.h>

#include <cmath>

#include "models/study/reader.h"

namespace strata {
namespace {

bool is_number(const Node& node) { return node.find("value") && node.find("from"); }

void read_correlations(const Node& tree, Overlay& overlay, Issues& issues) {
  const Node* list = tree.find("correlation");
  if (!list || !list->list()) return;
  for (const Node& node : *list->list()) {
    Reader reader(node, issues);
    const Overlay::Correlation c{reader.text("a"), reader.text("b"),
                                 reader.optional_number("r").value_or(2)};
    for (const auto& [key, id] : {std::pair("a", &c.a), std::pair("b", &c.b)})
      if (!overlay.numbers.contains(*id))
        reader.issue(key, fmt::format("'{}' is no number of this overlay", *id));
    if (c.a == c.b) reader.issue("b", "must be another number than a");
    if (!(std::abs(c.r) <= 1)) reader.issue("r", "must be a number from -1 to 1");
    overlay.correlations.push_back(c);
  }
}

}  // namespace

Overlay read_overlay(const std::filesystem::path& file, const std::string& shown, Issues& issues) {
  Overlay overlay;
  const auto tree = read_toml(file, shown, issues);
  if (!tree) return overlay;
  const Node* list = tree->find("number");
  if (!list || !list->list()) {
    issues.push_back({{shown, 1, 1},
                      "number",
                      "is missing: an overlay is a list of [[number]], each with id, "
                      "value, low, high and from (strata calibrate writes one)"});
    return overlay;
  }
  for (const Node& node : *list->list()) {
    const std::size_t before = issues.size();
    Node number = node;
    Reader reader(node, issues);
    const std::string id = reader.text("id");
    for (const char* key : {"value", "low", "high", "from"}) reader.find(key);
    if (number.table())
      std::erase_if(*number.table(), [](const auto& member) { return member.first == "id"; });
    if (read_number(number, issues) && issues.size() == before &&
        !overlay.numbers.emplace(id, number).second)
      reader.issue("id", "stands twice: '" + id + "'");
  }
  read_correlations(*tree, overlay, issues);
  return overlay;
}

void lay(Node& tree, const Overlay& overlay, std::map<std::string, int>& laid) {
  if (overlay.numbers.empty() || !tree.table()) return;
  if (is_number(tree)) {
    const auto it = overlay.numbers.find(tree.place.file + ":" + tree.path);
    if (it == overlay.numbers.end()) return;
    ++laid[it->first];
    tree.value = it->second.value;
    return;
  }
  for (auto& member : *tree.table()) lay(member.second, overlay, laid);
}

}  // namespace strata
