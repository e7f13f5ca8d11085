#pragma once

#include <filesystem>
#include <string>

#include "models/cli/play.h"
#include "models/study/catalog.h"

namespace strata {

/// Writes what a run found into a folder: results.csv (tidy rows), boot-timeline.json (Chrome trace
/// format) when instances were started, and the figures. The folder's earlier files of these names
/// are replaced only when the new ones are complete.
void write_results(const Played& played, const std::filesystem::path& folder);

/// Calls notebooks/figures on the folder. Returns what it printed: the files it drew, or why
/// not.
std::string draw_figures(const std::filesystem::path& folder, const std::filesystem::path& home);

/// Throws WrongInput when results cannot be written there: found out before the work, not after it.
void require_writable(const std::filesystem::path& folder);

/// Writes `text` to `file` by way of a temporary beside it.
void write_whole(const std::filesystem::path& file, const std::string& text);

/// The phases of the first starts of each cell in Chrome's trace format; opens in Perfetto.
std::string chrome_trace(const Played& played);

}  // namespace strata
