#include "real-harness/application/machine_root.h"

#include <fstream>
#include <stdexcept>

#include "real-harness/runners/cpio.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

std::string description_of(const Application& app) {
  std::vector<std::string> words = {std::to_string(app.user), std::to_string(app.group),
                                    std::to_string(app.groups.size())};
  for (const gid_t group : app.groups) words.push_back(std::to_string(group));
  words.push_back(app.folder);
  words.push_back(std::to_string(app.argv.size()));
  words.insert(words.end(), app.argv.begin(), app.argv.end());
  words.insert(words.end(), app.environment.begin(), app.environment.end());
  std::string text;
  for (const std::string& word : words) text += word + '\0';
  return text;
}

}  // namespace

void write_machine_root(const Application& application, const fs::path& guest_root,
                        const fs::path& to) {
  std::ofstream out(to, std::ios::binary);
  Cpio(out).tree(application.root).end();
  std::ifstream guest(guest_root, std::ios::binary);
  out << guest.rdbuf();
  Cpio(out).folder("strata").text("strata/application", description_of(application)).end();
  if (!guest || !out.flush()) throw std::runtime_error(to.string() + ": cannot be written");
}

int memory_for(const fs::path& machine_root) {
  // The archive is there until it is unpacked, into a file system that takes half of all memory.
  return static_cast<int>(3 * (fs::file_size(machine_root) >> 20));
}

}  // namespace strata
