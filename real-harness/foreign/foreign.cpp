#include "real-harness/foreign/foreign.h"

namespace strata {

std::vector<Probe> foreign_probes(bool has_text) {
  const std::string life = "console";
  const std::string metric = has_text ? "boot.console" : "life.total";
  std::vector<Probe> all = {
      {metric,
       "ms",
       has_text ? "from the exec of the VMM to the text on the guest's console"
                : "from the exec of the VMM to its end",
       life,
       From::marks,
       {},
       [](const Outcome& o, const StepAnswer&) {
         return static_cast<double>(*o.main - o.exec) / 1e6;
       }},
      {metric,
       "ns",
       has_text ? "from the exec of the toolstack to the text on the guest's console"
                : "from the exec of the toolstack to the guest's end",
       life,
       From::instance,
       {"counter"},
       [](const Outcome&, const StepAnswer& a) { return a.ns; },
       true}};
  if (has_text)
    all.push_back({"memory.console.pss",
                   "MiB",
                   "of the VMM when the text came, shared pages divided among those who map them",
                   life,
                   From::memory,
                   {},
                   [](const Outcome& o, const StepAnswer&) {
                     return static_cast<double>(o.memory->pss) / 1024;
                   }});
  all.push_back(
      {"memory.configured",
       "MiB",
       "promised to the guest at its start",
       life,
       From::promise,
       {},
       [](const Outcome& o, const StepAnswer&) { return static_cast<double>(*o.configured); }});
  return all;
}

}  // namespace strata
