#include "models/study/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace strata {
namespace {

/// Beyond these a number is a slip of the pen, and sums of it would leave the simulated clock.
constexpr double kLongestTime = 30 * 86400e9;          // ns: 30 days
constexpr double kLargestSize = 1024.0 * (1LL << 40);  // bytes: 1024 TiB

/// "cited: kuenzer2021, figure 8" -> evidence, key, words; an issue when it is none of the three.
std::optional<Source> read_source(const Node& node, Issues& issues) {
  const auto* text = std::get_if<std::string>(&node.value);
  const auto colon = text ? text->find(": ") : std::string::npos;
  const auto head = text ? text->substr(0, colon) : "";
  Source source;
  source.file = node.place.file;
  source.line = node.place.line;
  if (head == "measured") {
    source.evidence = Evidence::measured;
  } else if (head == "cited") {
    source.evidence = Evidence::cited;
  } else if (head == "assumed") {
    source.evidence = Evidence::assumed;
  } else {
    issues.push_back({node.place, node.path,
                      "must say where the number comes from: 'measured: FILE or machine, n', "
                      "'cited: KEY, where' or 'assumed: reason'"});
    return {};
  }
  source.words = colon == std::string::npos ? "" : text->substr(colon + 2);
  if (source.words.find_first_not_of(" ") == std::string::npos) {
    issues.push_back({node.place, node.path, fmt::format("'{}:' must be followed by words", head)});
    return {};
  }
  if (source.evidence == Evidence::cited)
    source.key = source.words.substr(0, source.words.find_first_of(", ;"));
  return source;
}

/// A value, low or high: a text with a unit or a plain number.
std::optional<Quantity> read_quantity(const Node& node, Issues& issues) {
  if (const auto* number = std::get_if<double>(&node.value)) {
    if (std::isfinite(*number)) return Quantity{*number};
    issues.push_back({node.place, node.path, "must be finite"});
    return {};
  }
  if (const auto* number = std::get_if<std::int64_t>(&node.value))
    return Quantity{static_cast<double>(*number)};
  if (const auto* text = std::get_if<std::string>(&node.value)) {
    if (const auto quantity = parse_quantity(*text)) return quantity;
    issues.push_back({node.place, node.path,
                      fmt::format("'{}' is no number with a unit, such as 1.4 ms, 64 GiB, 2.1 GHz, "
                                  "10 Gbit/s, 0.18 ns/B, 250 /s or 0.5",
                                  *text)});
    return {};
  }
  issues.push_back(
      {node.place, node.path,
       fmt::format("must be a number or a text with a number and a unit, not {}", kind(node))});
  return {};
}

/// Checks low <= value <= high, all positive, and fills in the default range.
void check_range(Sourced<Quantity>& n, bool has_low, bool has_high, const Node& node,
                 Issues& issues) {
  const auto complain = [&](std::string message) {
    issues.push_back({node.place, node.path, std::move(message)});
  };
  if (n.value.value < 0) return complain("must not be negative");
  const double largest = std::max(n.value.value, n.high.value);
  if (n.value.dimension == Dimension::time && largest > kLongestTime)
    return complain(fmt::format("is longer than {}", print(Duration{kLongestTime})));
  if (n.value.dimension == Dimension::bytes && largest > kLargestSize)
    return complain(fmt::format("is larger than {}", print(Bytes{kLargestSize})));
  if (has_low != has_high)
    return complain("states only one of low and high; state both or neither");
  if (n.value.value == 0) {
    if (has_low && (n.low.value != 0 || n.high.value != 0))
      complain("is 0 but has a range: a log-normal has no 0; state the smallest value expected");
    return;
  }
  if (!has_low) {
    if (n.source.evidence == Evidence::assumed)
      complain("is assumed, so it must state low and high (its 5th and 95th percentiles)");
    n.low.value = n.value.value * (1 - kDefaultSpread);
    n.high.value = n.value.value * (1 + kDefaultSpread);
    n.range_is_default = true;
    return;
  }
  if (n.low.dimension != n.value.dimension || n.high.dimension != n.value.dimension)
    return complain(fmt::format("value is a {}, low a {} and high a {}: they must be alike",
                                name(n.value.dimension), name(n.low.dimension),
                                name(n.high.dimension)));
  if (!(0 < n.low.value && n.low.value <= n.value.value && n.value.value <= n.high.value))
    complain(fmt::format("must keep 0 < low <= value <= high, but low is {}, value {} and high {}",
                         print(n.low), print(n.value), print(n.high)));
}

}  // namespace

std::optional<Sourced<Quantity>> read_number(const Node& node, Issues& issues) {
  if (!node.table()) {
    issues.push_back(
        {node.place, node.path,
         fmt::format("must be a number with its source, such as {{ value = \"1.4 ms\", "
                     "low = \"1.2 ms\", high = \"2 ms\", from = \"cited: KEY, where\" }}, not {}",
                     kind(node))});
    return {};
  }
  const std::size_t before = issues.size();
  Sourced<Quantity> n;
  Reader reader(node, issues);
  const Node* from = reader.find("from");
  const Node* value = reader.find("value");
  const Node* low = reader.find("low");
  const Node* high = reader.find("high");
  if (!value) reader.issue("value", "is missing");
  if (!from) reader.issue("from", "is missing: every number says where it comes from");
  if (from) n.source = read_source(*from, issues).value_or(Source{});
  if (value) n.value = read_quantity(*value, issues).value_or(Quantity{});
  n.low = n.high = n.value;
  if (low) n.low = read_quantity(*low, issues).value_or(Quantity{});
  if (high) n.high = read_quantity(*high, issues).value_or(Quantity{});
  n.id = node.place.file + ":" + node.path;
  if (issues.size() != before) return {};
  check_range(n, low != nullptr, high != nullptr, node, issues);
  if (issues.size() != before) return {};
  return n;
}

Sourced<Quantity> stated(const std::string& what, const std::string& value, const std::string& low,
                         const std::string& high, const std::string& from, const char* file,
                         int line) {
  // The number's id holds its file, and seeds its draws: wherever the sources were when they were
  // compiled, it is the path within the project.
  const std::string whole = file;
  std::size_t begin = 0;
  for (const char* top : {"stacks/", "workloads/", "models/"})
    if (const auto folder = whole.rfind(top); folder != std::string::npos)
      begin = std::max(begin, folder);
  const Place place{whole.substr(begin), line, 1};
  Node::Table table;
  for (const auto& [key, text] :
       {std::pair("value", value), {"low", low}, {"high", high}, {"from", from}})
    table.push_back({key, Node{text, place, what}});
  Issues issues;
  const auto n = read_number(Node{std::move(table), place, what}, issues);
  if (!n) throw std::logic_error(print(issues.front()));
  return *n;
}

Reader::Reader(const Node& node, Issues& issues) : node_(node), issues_(issues) {
  if (!node.table()) issue_at(node, fmt::format("must be a table, not {}", kind(node)));
}

Reader::~Reader() {
  if (!node_.table()) return;
  const std::vector<std::string> known(asked_.begin(), asked_.end());
  for (const auto& [key, child] : *node_.table())
    if (!asked_.contains(key)) issue_at(child, "is no key here" + suggest(key, known));
}

const Node* Reader::find(const std::string& key) {
  asked_.insert(key);
  return node_.find(key);
}

std::vector<std::string> Reader::keys() const {
  std::vector<std::string> out;
  if (node_.table())
    for (const auto& member : *node_.table()) out.push_back(member.first);
  return out;
}

void Reader::issue(const std::string& key, std::string message) {
  if (const Node* at = node_.find(key)) return issue_at(*at, std::move(message));
  const std::string path = node_.path.empty() ? key : node_.path + "." + key;
  issues_.push_back({node_.place, path, std::move(message)});
}

void Reader::issue_at(const Node& node, std::string message) {
  issues_.push_back({node.place, node.path, std::move(message)});
}

std::optional<std::string> Reader::optional_text(const std::string& key) {
  const Node* at = find(key);
  if (!at) return {};
  if (const auto* text = std::get_if<std::string>(&at->value)) return *text;
  issue(key, fmt::format("must be a text, not {}", kind(*at)));
  return {};
}

std::string Reader::text(const std::string& key) {
  if (!find(key)) issue(key, "is missing: a text");
  return optional_text(key).value_or("");
}

std::optional<bool> Reader::optional_flag(const std::string& key) {
  const Node* at = find(key);
  if (!at) return {};
  if (const auto* flag = std::get_if<bool>(&at->value)) return *flag;
  issue(key, fmt::format("must be true or false, not {}", kind(*at)));
  return {};
}

std::optional<std::int64_t> Reader::optional_whole(const std::string& key, std::int64_t least,
                                                   std::int64_t most) {
  const Node* at = find(key);
  if (!at) return {};
  const auto* number = std::get_if<std::int64_t>(&at->value);
  if (number && *number >= least && *number <= most) return *number;
  issue(key, fmt::format("must be a whole number, at least {}{}", least,
                         number && *number > most ? fmt::format(" and at most {}", most) : ""));
  return {};
}

std::int64_t Reader::whole(const std::string& key, std::int64_t least) {
  if (!find(key)) issue(key, fmt::format("is missing: a whole number, at least {}", least));
  return optional_whole(key, least).value_or(least);
}

std::optional<double> Reader::optional_number(const std::string& key) {
  const Node* at = find(key);
  if (!at) return {};
  if (const auto* number = std::get_if<double>(&at->value)) {
    if (std::isfinite(*number)) return *number;
    issue(key, "must be finite");
    return {};
  }
  if (const auto* number = std::get_if<std::int64_t>(&at->value))
    return static_cast<double>(*number);
  issue(key, fmt::format("must be a number, not {}", kind(*at)));
  return {};
}

std::vector<std::string> Reader::texts(const std::string& key) {
  std::vector<std::string> out;
  const Node* at = find(key);
  if (!at) return out;
  if (!at->list()) {
    issue(key, fmt::format("must be a list of texts, not {}", kind(*at)));
    return out;
  }
  for (const Node& item : *at->list()) {
    if (const auto* text = std::get_if<std::string>(&item.value)) {
      out.push_back(*text);
    } else {
      issue_at(item, fmt::format("must hold texts, not {}", kind(item)));
    }
  }
  return out;
}

std::vector<std::int64_t> Reader::wholes(const std::string& key, std::int64_t least) {
  std::vector<std::int64_t> out;
  const Node* at = find(key);
  if (!at) return out;
  if (!at->list()) {
    issue(key, fmt::format("must be a list of whole numbers, not {}", kind(*at)));
    return out;
  }
  for (const Node& item : *at->list()) {
    const auto* number = std::get_if<std::int64_t>(&item.value);
    if (number && *number >= least && *number <= kMostWhole) {
      out.push_back(*number);
    } else {
      issue_at(item, fmt::format("must hold whole numbers, from {} to {}", least, kMostWhole));
    }
  }
  return out;
}

std::optional<std::string> Reader::one_of(const std::string& key,
                                          const std::vector<std::string>& known) {
  auto text = optional_text(key);
  if (!text) return {};
  if (std::find(known.begin(), known.end(), *text) != known.end()) return text;
  issue(key, fmt::format("'{}' is not known{}", *text, suggest(*text, known)));
  return {};
}

std::optional<Sourced<Quantity>> Reader::number(const std::string& key) {
  const Node* at = find(key);
  if (!at) return {};
  return read_number(*at, issues_);
}

bool Reader::expect(const std::string& key, Dimension found, Dimension wanted) {
  if (found == wanted) return true;
  issue(key, fmt::format("must be a {} such as {}, not a {}", name(wanted), example(wanted),
                         name(found)));
  return false;
}

void Reader::missing(const std::string& key, Dimension dimension) {
  issue(key, fmt::format("is missing: a {} such as {{ value = \"{}\", from = \"...\" }}",
                         name(dimension), example(dimension)));
}

void Reader::each(const std::string& key,
                  const std::function<void(const std::string&, const Node&)>& each) {
  const Node* at = find(key);
  if (!at) return;
  if (!at->table()) {
    issue(key, fmt::format("must be a table, not {}", kind(*at)));
    return;
  }
  for (const auto& [name, child] : *at->table()) each(name, child);
}

}  // namespace strata
