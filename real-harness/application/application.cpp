#include "real-harness/application/application.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace strata {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

std::optional<unsigned> number_of(const std::string& text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

/// The lines of /etc/passwd or /etc/group, cut at the colons; short ones are left out.
std::vector<std::vector<std::string>> entries(const fs::path& file, std::size_t least) {
  std::vector<std::vector<std::string>> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (auto fields = split(line, ':'); fields.size() >= least) out.push_back(std::move(fields));
  return out;
}

/// Fills in who the application runs as. Returns what is wrong, or "".
std::string take_user(const std::string& said, const fs::path& root, Application& app,
                      std::string& home) {
  const auto colon = said.find(':');
  const std::string user = said.substr(0, colon);
  const std::string group = colon == std::string::npos ? "" : said.substr(colon + 1);
  std::string name;
  bool known = false;
  for (const auto& entry : entries(root / "etc/passwd", 6)) {
    if (known || (entry[0] != user && entry[2] != (user.empty() ? "0" : user))) continue;
    known = true;
    name = entry[0], home = entry[5];
    app.user = number_of(entry[2]).value_or(0);
    app.group = number_of(entry[3]).value_or(0);
  }
  if (!known && !user.empty()) {
    const auto id = number_of(user);
    if (!id) return fmt::format("its user '{}' is not in its /etc/passwd", user);
    app.user = *id;
  }
  const auto groups = entries(root / "etc/group", 3);
  if (!group.empty()) {
    const auto entry =
        std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g[0] == group; });
    const auto id = number_of(entry == groups.end() ? group : (*entry)[2]);
    if (!id) return fmt::format("its group '{}' is not in its /etc/group", group);
    app.group = *id;
    return "";
  }
  for (const auto& entry : groups) {
    const auto members = entry.size() > 3 ? split(entry[3], ',') : std::vector<std::string>();
    const auto id = number_of(entry[2]);
    if (id && *id != app.group && !name.empty() &&
        std::find(members.begin(), members.end(), name) != members.end())
      app.groups.push_back(*id);
  }
  return "";
}

/// The value of a variable; nothing: it is not set.
std::optional<std::string> value_of(const std::vector<std::string>& environment,
                                    const std::string& name) {
  for (const std::string& entry : environment)
    if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
  return {};
}

bool is_there(const fs::path& file) {
  std::error_code none;
  return fs::symlink_status(file, none).type() != fs::file_type::not_found;
}

}  // namespace

std::optional<Application> application_of(const Image& image, const fs::path& root, int port,
                                          Issues& issues) {
  const auto wrong = [&](const std::string& message) {
    issues.push_back({{image.layout.string()}, image.tag, message});
    return std::nullopt;
  };
  Application app;
  app.root = root;
  app.argv = image.argv;
  app.environment = image.environment;
  app.folder = image.folder;
  app.port = port;
  std::string home;
  if (const std::string mistake = take_user(image.user, root, app, home); !mistake.empty())
    return wrong(mistake);
  if (!value_of(app.environment, "PATH"))
    app.environment.push_back(fmt::format("PATH={}", kUsualPath));
  if (!value_of(app.environment, "HOME"))
    app.environment.push_back("HOME=" + (home.empty() ? "/" : home));

  std::string& program = app.argv.front();
  if (program.find('/') == std::string::npos) {
    for (const std::string& folder : split(*value_of(app.environment, "PATH"), ':')) {
      const std::string path = (fs::path("/") / folder / program).string();
      if (!is_there(root / path.substr(1))) continue;
      program = path;
      return app;
    }
    return wrong(fmt::format("its command '{}' is nowhere on its PATH", program));
  }
  const fs::path path = program.front() == '/' ? fs::path(program) : fs::path(app.folder) / program;
  if (!is_there(root / path.lexically_normal().string().substr(1)))
    return wrong(fmt::format("its command {} is not in it", program));
  return app;
}

Application page_server(const fs::path& guest, const fs::path& root, int port) {
  for (const char* inside : {"proc", "dev", "sys"}) fs::create_directories(root / inside);
  fs::copy_file(guest, root / "guest");
  Application app;
  app.root = root;
  app.argv = {"/guest", "http", std::to_string(port)};
  app.folder = "/";
  app.port = port;
  app.is_page = true;
  return app;
}

void copy_root(const Application& application, const fs::path& to) {
  Launch launch;
  launch.argv = {find_program("cp"),        "--archive", "--reflink=auto", "--no-target-directory",
                 application.root.string(), to.string()};
  const Ran ran = run_program(launch, "", std::chrono::minutes(10));
  if (!ran.failure.empty()) throw std::runtime_error("the image's copy: " + ran.failure);
}

}  // namespace strata
