#include "real-harness/application/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "real-harness/application/h2load.h"
#include "real-harness/application/wrk.h"
#include "real-harness/owned/network.h"
#include "real-harness/owned/owned.h"

namespace strata {
namespace {

/// Nothing: a quote does not end.
std::optional<std::vector<std::string>> words_in(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      if (in_word) words.push_back(word);
      word.clear(), in_word = false;
      continue;
    }
    in_word = true;
    if (c == quote)
      quote = 0;
    else if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
    else if (c == '\\' && quote != '\'' && i + 1 < text.size())
      word += text[++i];
    else
      word += c;
  }
  if (quote != 0) return {};
  if (in_word) words.push_back(word);
  return words;
}

void replace(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
}

bool is_name(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

std::optional<LoadMetric> metric_in(const std::string& line) {
  std::istringstream in(line);
  std::string value, rest;
  LoadMetric metric;
  if (!(in >> metric.name >> value >> metric.unit) || in >> rest || !is_name(metric.name))
    return {};
  const char* const end = value.data() + value.size();
  const auto [at, error] = std::from_chars(value.data(), end, metric.value);
  if (error != std::errc() || at != end) return {};
  metric.statistic = "value";
  return metric;
}

}  // namespace

std::optional<Load> read_load(const std::string& text, int port, Issues& issues) {
  Load load;
  load.text = text;
  auto words = words_in(text);
  if (!words || words->empty()) {
    issues.push_back({{"--load"}, "", words ? "is empty" : "a quote in it does not end"});
    return {};
  }
  for (std::string& word : *words) {
    replace(word, "{host}", Network::kInstance);
    replace(word, "{port}", std::to_string(port));
  }
  load.argv = std::move(*words);
  std::string& program = load.argv.front();
  load.is_wrk = std::filesystem::path(program).filename() == "wrk";
  load.is_h2load = std::filesystem::path(program).filename() == "h2load";
  const bool is_path = program.find('/') != std::string::npos;
  const std::string found =
      !is_path ? find_program(program)
               : find_program(std::filesystem::path("/") / std::filesystem::absolute(program));
  if (found.empty()) {
    issues.push_back(
        {{"--load"},
         "",
         fmt::format(
             "{} is no program{}", program,
             is_path ? ""
                     : fmt::format(" on PATH; on Debian perhaps: apt-get install {}", program))});
    return {};
  }
  program = found;
  return load;
}

LoadReport report_of(const Load& load, const std::string& output, double seconds) {
  if (load.is_wrk) return read_wrk(output);
  if (load.is_h2load) return read_h2load(output);
  LoadReport report;
  report.metrics.push_back({"load.time", "value", "s", seconds});
  constexpr const char* kOurs[] = {"boot.first_answer", "memory.loaded.pss"};
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const auto metric = metric_in(line);
    if (!metric) continue;
    if (metric->name == "requests") {
      report.requests = metric->value;
      continue;
    }
    if (std::find(std::begin(kOurs), std::end(kOurs), metric->name) != std::end(kOurs))
      report.failure =
          fmt::format("the load says {}, which is measured from outside", metric->name);
    for (const LoadMetric& other : report.metrics)
      if (other.name == metric->name)
        report.failure = fmt::format("the load says {} twice", metric->name);
    report.metrics.push_back(*metric);
  }
  return report;
}

}  // namespace strata
