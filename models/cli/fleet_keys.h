#pragma once

#include <string>

#include "models/study/scenario.h"

namespace strata {

/// `KEY=VALUE[,VALUE...]` replaces a key of [fleet], or stack or machine, of a scenario that has
/// [fleet]. WrongInput names what is known.
void set_fleet_key(Scenario& scenario, const std::string& text);

}  // namespace strata
