#include "models/study/overlay.h"

#include "models/study/reader.h"

namespace strata {
namespace {

bool is_number(const Node& node) { return node.find("value") && node.find("from"); }

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
