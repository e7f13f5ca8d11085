#include "real-harness/runners/bundle.h"

namespace strata {

using nlohmann::json;

json bundle_config(const std::vector<std::string>& command) {
  json namespaces = json::array();
  for (const char* type : {"pid", "ipc", "uts", "mount"}) namespaces.push_back({{"type", type}});
  const json none = json::array();
  return {
      {"ociVersion", "1.0.2"},
      {"process",
       {{"terminal", false},
        {"user", {{"uid", 0}, {"gid", 0}}},
        {"args", command},
        {"env", json::array({"PATH=/"})},
        {"cwd", "/"},
        {"capabilities",
         {{"bounding", none}, {"effective", none}, {"permitted", none}, {"inheritable", none}}},
        {"noNewPrivileges", true}}},
      {"root", {{"path", "rootfs"}, {"readonly", true}}},
      {"hostname", "strata"},
      {"mounts", json::array({{{"destination", "/proc"}, {"type", "proc"}, {"source", "proc"}},
                              {{"destination", "/dev"},
                               {"type", "tmpfs"},
                               {"source", "tmpfs"},
                               {"options", {"nosuid", "strictatime", "mode=755", "size=64k"}}}})},
      {"linux", {{"namespaces", namespaces}}}};
}

json bind_mount(const std::string& source, const std::string& destination) {
  return {{"destination", destination},
          {"type", "bind"},
          {"source", source},
          {"options", {"bind", "ro", "nosuid", "noexec"}}};
}

}  // namespace strata
