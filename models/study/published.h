#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "models/base/issue.h"

namespace strata {

/// A number somebody published, as results/published/*.csv carries it.
struct PublishedRow {
  std::string id;
  std::string table;
  std::string role;  ///< calibration, validation or context
  std::string stack, vmm, hardware, workload, metric, statistic, unit, source, where;
  std::string confidence;  ///< verbatim, verbatim-derived, verbatim-figure, secondary; memory never
  double value = 0;
  /// Who published it: the id without its number, or the source whose experiment it goes on with.
  std::string paper;
};

/// Which of our numbers a published row can be held against.
struct Comparison {
  std::string id;  ///< of the published row
  std::string stack, machine, workload, metric, statistic;
  int parallel = 0;
  double size = 0;  ///< bytes of one block or packet; 0: the metric's usual one
  int depth = 0;    ///< operations kept in flight; 0: one
};

/// Why a validation row is not mapped.
struct NotMapped {
  std::string why;
  bool asked = false;  ///< its metric can be asked for, so a stack or a number is what is missing
};

/// A quantity that several papers measured, each once: what their numbers differ by is what two
/// laboratories differ by.
struct Repeated {
  struct Row {
    std::string id;
    double clock = 0;  ///< Hz, of the machine: its time counts in cycles; 0: as it stands
  };
  std::string what;
  std::string kind;  ///< operation, boot or size
  std::vector<Row> rows;
};

/// Kinds of quantities that are told apart when it is asked how far laboratories differ.
const std::vector<std::string>& repeated_kinds();

/// A row's time in cycles of its machine's clock, or in ns when no clock is given; bytes as they
/// are.
double comparable(const Repeated::Row& row, const PublishedRow& published);

struct Published {
  std::map<std::string, PublishedRow> rows;
  std::vector<Comparison> comparisons;
  std::map<std::string, NotMapped> not_expressed;  ///< by validation row
  std::map<std::string, std::string> sources;      ///< key of sources.toml -> title, year
  std::vector<Repeated> repeated;
};

/// Reads the folder results/published.
Published read_published(const std::filesystem::path& folder, const std::string& shown,
                         Issues& issues);

/// The tables there are rows of, sorted.
std::vector<std::string> published_tables(const Published& published);

/// A published value in the unit our records use for that metric, or nothing when units differ in
/// kind.
double in_unit(const PublishedRow& row, const std::string& unit);

}  // namespace strata
