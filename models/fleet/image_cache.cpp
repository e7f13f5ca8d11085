#include "models/fleet/image_cache.h"

#include <stdexcept>

#include "models/base/random.h"

namespace strata {

std::vector<double> cached_shares(const ImageCatalog& catalog, ImageCache cache) {
  if (catalog.images == 0 || catalog.bases == 0 || catalog.bases > catalog.images)
    throw std::invalid_argument("images need a base, and bases an image");
  std::vector<double> out(catalog.hosts, 0);
  if (cache == ImageCache::none) return out;
  const double share = cache == ImageCache::layers ? catalog.base_share : 1 - catalog.unique;
  Stream draws(catalog.seed, "fleet.image-cache.fetched");
  for (double& host : out)
    for (std::uint32_t i = 0; i < catalog.fetched; ++i) {
      const auto image = static_cast<std::uint32_t>(draws.uniform() * catalog.images);
      if (image % catalog.bases == 0) host = share;
    }
  return out;
}

}  // namespace strata
