#include "models/layers/models.h"

namespace strata {

std::map<std::string, Model> layer_models() {
  std::map<std::string, Model> models;
  for (Model model : {kernel_model(), hypervisor_model(), container_model(), unikernel_model()})
    models.emplace(model.id, model);
  return models;
}

}  // namespace strata
