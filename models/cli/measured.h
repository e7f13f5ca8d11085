#pragma once

#include <filesystem>
#include <string>

#include "real-harness/measuring/recorded.h"
#include "real-harness/measuring/summary.h"

namespace strata {

/// Writes what a measurement found, or a part of it, into a folder: rows.csv, and host.json with
/// what the rows say of each cell put beside why it stopped.
void write_measured(const Recorded& found, const std::vector<MeasuredCell>& cells,
                    const std::filesystem::path& folder);

/// The tables and remarks for a person: each cell, each against the baseline, what failed, what was
/// disturbed.
std::string measured_text(const Recorded& found, const std::vector<MeasuredCell>& cells,
                          const std::string& baseline);

}  // namespace strata
