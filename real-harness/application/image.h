#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/base/issue.h"

namespace strata {

/// One image of an OCI layout, for Linux on x86-64, and how its program is to be started.
struct Image {
  std::filesystem::path layout;
  std::string tag;
  std::string digest;                    ///< of its manifest
  std::vector<std::string> argv;         ///< entry point and command; never empty
  std::vector<std::string> environment;  ///< NAME=VALUE
  std::string folder = "/";              ///< it starts in
  std::string user;                      ///< as the image says it: names or numbers, or nothing
};

/// Reads what `oci:LAYOUT:TAG` names, without unpacking it; what is wrong becomes issues.
std::optional<Image> read_image(const std::string& reference, Issues& issues);

/// Puts the image's files into a folder that is not there yet, by umoci: whiteouts and owners are
/// honoured. The folder it starts in and the mount points of all stacks are made if they are not in
/// it. Throws std::runtime_error with what umoci said.
void unpack(const Image& image, const std::filesystem::path& root);

}  // namespace strata
