#include "real-harness/application/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "real-harness/owned/child.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kPrefix = "oci:";
constexpr const char* kTag = "org.opencontainers.image.ref.name";

/// Reads one image; the first mistake ends it.
class ImageReader {
 public:
  ImageReader(const std::string& reference, Issues& issues)
      : reference_(reference), issues_(issues) {}

  std::optional<Image> read() {
    const auto colon = reference_.rfind(':');
    if (!reference_.starts_with(kPrefix) || colon < std::string(kPrefix).size() ||
        colon + 1 == reference_.size())
      return wrong({"--image"}, "",
                   fmt::format("'{}' is no image; it must be oci:LAYOUT:TAG, as in "
                               "oci:./layout:latest",
                               reference_));
    const auto begin = std::string(kPrefix).size();
    image_.layout = reference_.substr(begin, colon - begin);
    image_.tag = reference_.substr(colon + 1);
    const auto index = document(image_.layout / "index.json");
    if (!index) return {};
    const json* found = tagged(*index);
    if (!found) return {};
    const auto manifest = blob(*found, "manifest");
    if (!manifest) return {};
    if (manifest->contains("manifests"))
      return wrong({shown_.string()}, "manifests",
                   "is an index of images for several machines; take one out: skopeo copy "
                   "--override-os linux --override-arch amd64 ...");
    const auto config = blob(manifest->value("config", json::object()), "config");
    if (!config) return {};
    return described(*config);
  }

 private:
  std::nullopt_t wrong(Place place, std::string path, std::string message) {
    issues_.push_back({std::move(place), std::move(path), std::move(message)});
    return std::nullopt;
  }

  std::optional<json> document(const fs::path& file) {
    shown_ = file;
    std::ifstream in(file);
    if (!in)
      return wrong({file.string()}, "",
                   "cannot be read; an OCI layout is a folder with index.json, as buildah push, "
                   "skopeo copy and umoci write it");
    json read = json::parse(in, nullptr, false);
    if (!read.is_object()) return wrong({file.string()}, "", "is no JSON object");
    return read;
  }

  const json* tagged(const json& index) {
    std::vector<std::string> known;
    if (const auto manifests = index.find("manifests");
        manifests != index.end() && manifests->is_array())
      for (const json& manifest : *manifests) {
        const json annotations = manifest.value("annotations", json::object());
        if (!annotations.contains(kTag) || !annotations[kTag].is_string()) continue;
        known.push_back(annotations[kTag]);
        if (known.back() == image_.tag) return &manifest;
      }
    if (known.empty())
      wrong({shown_.string()}, "", "names no image: none has a tag");
    else
      wrong({shown_.string()}, "",
            fmt::format("'{}' is no tag there{}", image_.tag, suggest(image_.tag, known)));
    return nullptr;
  }

  /// The document a descriptor names by its digest.
  std::optional<json> blob(const json& descriptor, const char* what) {
    const std::string digest = descriptor.value("digest", "");
    const auto colon = digest.find(':');
    const std::string algorithm = digest.substr(0, colon);
    const auto plain = [](const std::string& text) {
      return !text.empty() && std::all_of(text.begin(), text.end(),
                                          [](unsigned char c) { return std::isalnum(c) != 0; });
    };
    if (colon == std::string::npos || !plain(algorithm) || !plain(digest.substr(colon + 1)))
      return wrong({shown_.string()}, what, fmt::format("'{}' is no digest", digest));
    if (image_.digest.empty()) image_.digest = digest;
    return document(image_.layout / "blobs" / algorithm / digest.substr(colon + 1));
  }

  std::optional<Image> described(const json& config) {
    const std::string machine = config.value("architecture", ""), os = config.value("os", "");
    if (machine != "amd64")
      return wrong({shown_.string()}, "architecture",
                   fmt::format("is '{}'; only amd64 runs here", machine));
    if (os != "linux")
      return wrong({shown_.string()}, "os", fmt::format("is '{}'; only linux runs here", os));
    const json how = config.value("config", json::object());
    const auto words = [&](const char* key) {
      return how.contains(key) && how[key].is_array() ? how[key].get<std::vector<std::string>>()
                                                      : std::vector<std::string>();
    };
    image_.argv = words("Entrypoint");
    for (std::string& word : words("Cmd")) image_.argv.push_back(std::move(word));
    if (image_.argv.empty())
      return wrong({shown_.string()}, "config",
                   "has neither Entrypoint nor Cmd: nobody knows what to start; buildah config "
                   "--cmd sets it");
    image_.environment = words("Env");
    image_.user = how.value("User", "");
    if (const std::string folder = how.value("WorkingDir", ""); !folder.empty())
      image_.folder = folder;
    return image_;
  }

  const std::string& reference_;
  Issues& issues_;
  Image image_;
  fs::path shown_;  // the document that is looked at
};

}  // namespace

std::optional<Image> read_image(const std::string& reference, Issues& issues) {
  try {
    return ImageReader(reference, issues).read();
  } catch (const json::exception& error) {
    issues.push_back({{reference}, "", fmt::format("is not as OCI has it: {}", error.what())});
    return {};
  }
}

void unpack(const Image& image, const fs::path& root) {
  const std::string umoci = find_program("umoci");
  if (umoci.empty())
    throw std::runtime_error("umoci is not installed; on Debian: apt-get install umoci");
  Launch launch;
  launch.argv = {umoci,
                 "raw",
                 "unpack",
                 "--image",
                 fs::absolute(image.layout).string() + ":" + image.tag,
                 root.string()};
  const Ran ran = run_program(launch, "", std::chrono::minutes(10));
  if (!ran.failure.empty())
    throw std::runtime_error("umoci cannot unpack the image: " + ran.failure);
  for (const char* inside : {"proc", "dev", "sys"}) fs::create_directories(root / inside);
  const std::string folder = fs::path(image.folder).lexically_normal().string();
  if (folder.front() == '/') fs::create_directories(root / folder.substr(1));
}

}  // namespace strata
