#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>

#include "models/cli/plugins.h"
#include "models/layers/models.h"
#include "models/study/catalog.h"

namespace strata {

/// A folder of a test's own, gone when the test ends.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "strata-test-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no folder for temporary files");
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Writes a file, with the folders above it, and returns its path.
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    const auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

 private:
  std::filesystem::path path_;
};

/// Every issue as a person sees it, one a line.
inline std::string printed(Issues issues) {
  sort(issues);
  std::string text;
  for (const Issue& issue : issues) text += print(issue) + "\n";
  return text;
}

/// Whether one issue's printed form holds the text.
inline bool mentions(const Issues& issues, const std::string& text) {
  return printed(issues).find(text) != std::string::npos;
}

/// The tree of a TOML text, as a file named `shown`.
inline std::optional<Node> tree(const std::string& text, Issues& issues,
                                const std::string& shown = "file.toml") {
  const Folder folder;
  return read_toml(folder.write("file.toml", text), shown, issues);
}

/// The tree of a TOML text that has no mistake.
inline Node tree(const std::string& text, const std::string& shown = "file.toml") {
  Issues issues;
  auto node = tree(text, issues, shown);
  if (!node) throw std::runtime_error(printed(issues));
  return *node;
}

/// What the folders under `home` hold, read with the four layer models.
inline Catalog catalog_of(const std::filesystem::path& home) {
  Catalog catalog;
  catalog.models = layer_models();
  read_home(home, catalog);
  return catalog;
}

/// The project's own files and plug-ins. Tests start in the repository's root.
inline const Catalog& project() {
  static const Catalog kCatalog = [] {
    Catalog catalog = catalog_of(".");
    add_stacks(catalog);
    add_workloads(catalog);
    return catalog;
  }();
  return kCatalog;
}

inline std::string all_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace strata
