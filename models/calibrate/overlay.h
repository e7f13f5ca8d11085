#pragma once

#include <map>
#include <string>

#include "models/base/sourced.h"
#include "models/calibrate/fit.h"

namespace strata {

/// The fit as an overlay file (models/study/overlay.h): each identified number with its interval
/// and, as its source, every record that bears on it, so that who rests on the number rests on
/// them; then the correlations of the logarithms, the numbers no record identifies, and the
/// residuals. `stated` holds the numbers the priors came from.
std::string overlay_text(const Fit& fit, const std::map<std::string, Sourced<Quantity>>& stated,
                         const std::string& command);

}  // namespace strata
