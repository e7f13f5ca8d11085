#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/base/issue.h"

namespace strata {

/// A value read from a TOML file, which remembers its place. Tables keep the file's order, so that
/// what a person wrote first is shown first.
struct Node {
  struct Member;
  using List = std::vector<Node>;
  using Table = std::vector<Member>;

  std::variant<bool, std::int64_t, double, std::string, List, Table> value;
  Place place;
  std::string path;  ///< dotted, within the file of `place`; empty for the file's own table

  const Table* table() const { return std::get_if<Table>(&value); }
  Table* table() { return std::get_if<Table>(&value); }
  const List* list() const { return std::get_if<List>(&value); }
  /// The member of a table, or nothing.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
};

struct Node::Member {
  std::string first;  ///< key
  Node second;
};

/// What the value is, as a message names it: "a table", "a text", ...
std::string_view kind(const Node& node);

/// Reads a file. A syntax error is one issue and no node. `shown` is the name that issues and
/// sources give the file.
std::optional<Node> read_toml(const std::filesystem::path& file, const std::string& shown,
                              Issues& issues);

/// `over` laid upon `base`: tables are merged key by key, everything else is replaced. A table
/// with a `value` or `from` key is a sourced number, hence replaced as a whole.
Node merge(const Node& base, const Node& over);

}  // namespace strata
