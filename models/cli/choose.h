#pragma once

#include <string>
#include <vector>

#include "models/host/simulate.h"
#include "models/study/catalog.h"

namespace strata {

/// Replaces an axis of the scenario, or its number of starts: "parallel=1,10". Throws WrongInput.
void set_axis(Scenario& scenario, const std::string& text);

/// The arrivals that a scenario replays, from the folder of the person's traces. Throws WrongInput.
std::vector<Arrival> arrivals_of(Catalog& catalog, const Scenario& scenario,
                                 const std::string& folder);

/// The files of every cell of the scenario's axes, checked. They and `arrivals` (null: none) must
/// outlive the cells. Throws WrongInput that names everything that is wrong.
std::vector<CellFiles> cells_of(Catalog& catalog, const Scenario& scenario,
                                const std::vector<Arrival>* arrivals);

}  // namespace strata
