#pragma once

#include <cstdint>
#include <vector>

namespace strata {

/// What a fleet's hosts kept of images they fetched before, when a new version of one is asked for.
struct ImageCatalog {
  std::uint32_t hosts = 1;
  std::uint32_t images = 50;  ///< that the fleet runs, equally popular
  std::uint32_t bases = 5;    ///< they are built on, evenly
  std::uint32_t fetched = 5;  ///< by each host so far, drawn from the images
  double base_share = 0.8;    ///< of an image's bytes are its base's
  double unique = 0.05;       ///< of an image's bytes are no other's on its base
  std::uint64_t seed = 1;
};

enum class ImageCache {
  none,
  layers,  ///< a host that has an image on the same base has the base's layers
  chunks,  ///< it has every chunk that is not unique
};

/// By host: the share of a new version of image 0 that is there already. The new version itself is
/// on no host.
std::vector<double> cached_shares(const ImageCatalog& catalog, ImageCache cache);

}  // namespace strata
