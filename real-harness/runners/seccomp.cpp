#include "real-harness/runners/seccomp.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace strata {
namespace {

using nlohmann::json;

/// Whether the running kernel is this one ("4.8") or a later one.
bool kernel_is(const std::string& least) {
  utsname system{};
  uname(&system);
  int major = 0, minor = 0, least_major = 0, least_minor = 0;
  std::sscanf(system.release, "%d.%d", &major, &minor);
  std::sscanf(least.c_str(), "%d.%d", &least_major, &least_minor);
  return std::pair(major, minor) >= std::pair(least_major, least_minor);
}

/// A condition's list of names; none when it does not state it (or as null).
json names_of(const json& condition, const char* what) {
  const auto found = condition.find(what);
  return found == condition.end() || found->is_null() ? json::array() : *found;
}

/// Whether the rule is for a container without capabilities on this architecture and kernel.
bool applies(const json& rule) {
  const auto part = [&](const char* name) {
    const auto found = rule.find(name);
    return found == rule.end() || found->is_null() ? json::object() : *found;
  };
  const json includes = part("includes"), excludes = part("excludes");
  const auto holds_amd64 = [](const json& names) {
    return std::find(names.begin(), names.end(), "amd64") != names.end();
  };
  if (!names_of(includes, "caps").empty()) return false;
  const json only = names_of(includes, "arches");
  if (!only.empty() && !holds_amd64(only)) return false;
  if (includes.contains("minKernel") && !kernel_is(includes["minKernel"])) return false;
  if (holds_amd64(names_of(excludes, "arches"))) return false;
  return !excludes.contains("minKernel") || !kernel_is(excludes["minKernel"]);
}

json translated(const json& profile) {
  json out = {{"defaultAction", profile.at("defaultAction")}};
  if (profile.contains("defaultErrnoRet")) out["defaultErrnoRet"] = profile["defaultErrnoRet"];
  out["architectures"] = {"SCMP_ARCH_X86_64"};
  for (const json& map : names_of(profile, "archMap"))
    if (map.at("architecture") == "SCMP_ARCH_X86_64")
      for (const json& also : names_of(map, "subArchitectures")) out["architectures"] += also;
  out["syscalls"] = json::array();
  for (const json& rule : profile.at("syscalls")) {
    if (!applies(rule)) continue;
    json kept = {{"names", rule.at("names")}, {"action", rule.at("action")}};
    if (rule.contains("errnoRet")) kept["errnoRet"] = rule["errnoRet"];
    const json args = names_of(rule, "args");
    if (!args.empty()) kept["args"] = args;
    out["syscalls"].push_back(kept);
  }
  return out;
}

}  // namespace

json seccomp_section(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(file + ": cannot be read");
  try {
    return translated(json::parse(in));
  } catch (const json::exception& error) {
    throw std::runtime_error(fmt::format("{}: is no seccomp profile: {}", file, error.what()));
  }
}

}  // namespace strata
