#pragma once

#include <filesystem>

namespace strata {

/// Where stacks/, workloads/, results/published/ and notebooks/ are: $STRATA_HOME, else
/// ../share/strata beside the folder of the running program or module (an installed Strata), else
/// the checkout that it was built from.
std::filesystem::path home_folder();

/// The program that the harness starts in every stack; what belongs to it (the tender, the
/// unikernels, images) is beside it. In the build's folder, or in ../libexec/strata once installed.
std::filesystem::path probe_guest();

/// Where results go by default: results/local of a checkout; of an installed Strata, whose home is
/// not for writing, strata-results in the current folder.
std::filesystem::path results_folder(const std::filesystem::path& home);

}  // namespace strata
