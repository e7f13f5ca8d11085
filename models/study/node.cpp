#include "models/study/node.h"

#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace strata {
namespace {

Place place_of(const toml::node& node, const std::string& file) {
  const auto begin = node.source().begin;
  return {file, static_cast<int>(begin.line), static_cast<int>(begin.column)};
}

Node convert(const toml::node& node, const std::string& file, const std::string& path);

Node convert_table(const toml::table& table, const std::string& file, const std::string& path) {
  struct Entry {
    Place place;
    std::string key;
    const toml::node* node;
  };
  std::vector<Entry> entries;
  for (const auto& [key, child] : table) {
    const auto begin = key.source().begin;
    entries.push_back({{file, static_cast<int>(begin.line), static_cast<int>(begin.column)},
                       std::string(key.str()),
                       &child});
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
  });
  Node::Table out;
  for (const Entry& entry : entries) {
    Node child = convert(*entry.node, file, path.empty() ? entry.key : path + "." + entry.key);
    child.place = entry.place;  // a mistake is looked for at its key
    out.push_back({entry.key, std::move(child)});
  }
  return {std::move(out), place_of(table, file), path};
}

Node convert(const toml::node& node, const std::string& file, const std::string& path) {
  const Place place = place_of(node, file);
  if (const auto* table = node.as_table()) return convert_table(*table, file, path);
  if (const auto* array = node.as_array()) {
    Node::List list;
    for (const auto& child : *array) list.push_back(convert(child, file, path));
    return {std::move(list), place, path};
  }
  if (const auto v = node.value_exact<bool>()) return {*v, place, path};
  if (const auto v = node.value_exact<std::int64_t>()) return {*v, place, path};
  if (const auto v = node.value_exact<double>()) return {*v, place, path};
  if (const auto v = node.value_exact<std::string>()) return {*v, place, path};
  std::ostringstream text;  // dates and times: nothing here expects one, so its words will do
  node.visit([&](const auto& v) { text << v; });
  return {text.str(), place, path};
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  if (const auto* members = table())
    for (const auto& [name, child] : *members)
      if (name == key) return &child;
  return nullptr;
}

Node* Node::find(std::string_view key) {
  return const_cast<Node*>(static_cast<const Node*>(this)->find(key));
}

std::string_view kind(const Node& node) {
  constexpr std::string_view kNames[] = {"true or false", "a whole number", "a number",
                                         "a text",        "a list",         "a table"};
  return kNames[node.value.index()];
}

std::optional<Node> read_toml(const std::filesystem::path& file, const std::string& shown,
                              Issues& issues) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || std::filesystem::is_directory(file) || !(text << in.rdbuf())) {
    issues.push_back({{shown}, "", "cannot be read"});
    return {};
  }
  try {
    return convert_table(toml::parse(text.view(), shown), shown, "");
  } catch (const toml::parse_error& error) {
    const auto begin = error.source().begin;
    issues.push_back({{shown, static_cast<int>(begin.line), static_cast<int>(begin.column)},
                      "",
                      std::string(error.description())});
    return {};
  }
}

Node merge(const Node& base, const Node& over) {
  const auto is_number = [](const Node& node) { return node.find("value") || node.find("from"); };
  if (!base.table() || !over.table() || is_number(base) || is_number(over)) return over;
  Node out = base;
  for (const auto& [key, child] : *over.table()) {
    if (Node* old = out.find(key)) {
      *old = merge(*old, child);
    } else {
      out.table()->push_back({key, child});
    }
  }
  return out;
}

}  // namespace strata
