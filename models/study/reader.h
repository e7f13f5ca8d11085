#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/base/sourced.h"
#include "models/study/node.h"

namespace strata {

/// Whole numbers beyond this are mistakes: nothing here counts further.
inline constexpr std::int64_t kMostWhole = 1'000'000'000;

/// Reads one table: each question names a key, says what it expects and records every mistake.
/// When the reader ends, keys nobody asked for are issues that list the known ones.
///
/// A question about an absent optional key answers with nothing; about an absent required one with
/// an issue and a default, so that reading goes on and finds the other mistakes too.
class Reader {
 public:
  Reader(const Node& node, Issues& issues);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  std::string text(const std::string& key);
  std::optional<std::string> optional_text(const std::string& key);
  std::optional<bool> optional_flag(const std::string& key);
  std::int64_t whole(const std::string& key, std::int64_t least);
  std::optional<std::int64_t> optional_whole(const std::string& key, std::int64_t least,
                                             std::int64_t most = kMostWhole);
  std::optional<double> optional_number(const std::string& key);
  std::vector<std::string> texts(const std::string& key);
  std::vector<std::int64_t> wholes(const std::string& key, std::int64_t least);

  /// A text that must be one of `known`.
  std::optional<std::string> one_of(const std::string& key, const std::vector<std::string>& known);

  /// A sourced number of any dimension: a table with value, low, high, from.
  std::optional<Sourced<Quantity>> number(const std::string& key);
  template <class T>
  std::optional<Sourced<T>> optional(const std::string& key) {
    auto found = number(key);
    if (!found || !expect(key, found->value.dimension, T::dimension)) return {};
    return restore<T::dimension>(*found);
  }
  template <class T>
  Sourced<T> required(const std::string& key) {
    if (!find(key)) {
      missing(key, T::dimension);
      return {};
    }
    return optional<T>(key).value_or(Sourced<T>{});
  }

  /// The member, marked as asked for; its kind is not looked at.
  const Node* find(const std::string& key);
  /// Calls `each(name, node)` for every member of the table at `key`, in the file's order.
  void each(const std::string& key,
            const std::function<void(const std::string&, const Node&)>& each);
  /// The table's own keys.
  std::vector<std::string> keys() const;

  void issue(const std::string& key, std::string message);
  void issue_at(const Node& node, std::string message);

  const Node& node() const { return node_; }
  Issues& issues() { return issues_; }

 private:
  bool expect(const std::string& key, Dimension found, Dimension wanted);
  void missing(const std::string& key, Dimension dimension);

  const Node& node_;
  Issues& issues_;
  std::set<std::string> asked_;
};

/// Reads one sourced number. Its id is its file and the path within it.
std::optional<Sourced<Quantity>> read_number(const Node& node, Issues& issues);

/// A sourced number written in C++ as it would stand in a file; `what` completes its id. A mistake
/// in it is the programmer's: std::logic_error.
Sourced<Quantity> stated(const std::string& what, const std::string& value, const std::string& low,
                         const std::string& high, const std::string& from,
                         const char* file = __builtin_FILE(), int line = __builtin_LINE());

}  // namespace strata
