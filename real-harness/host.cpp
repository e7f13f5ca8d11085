#include "real-harness/host.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace strata {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json line_of(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return nullptr;
  return line;
}

Json after_colon(const fs::path& file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind(key, 0) != 0) continue;
    const std::size_t from = line.find_first_not_of(" \t", line.find(':') + 1);
    return from == std::string::npos ? "" : line.substr(from);
  }
  return nullptr;
}

Json mitigations() {
  Json out = Json::object();
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/sys/devices/system/cpu/vulnerabilities", none))
    out[entry.path().filename().string()] = line_of(entry.path());
  return out;
}

}  // namespace

Json host_facts() {
  utsname system{};
  uname(&system);
  const Json flags = after_colon("/proc/cpuinfo", "flags");
  const std::string all = flags.is_string() ? " " + flags.get<std::string>() + " " : "";
  const std::string cpu = "/sys/devices/system/cpu/";
  Json out;
  out["cpu"] = after_colon("/proc/cpuinfo", "model name");
  out["microcode"] = after_colon("/proc/cpuinfo", "microcode");
  out["cpus"] = sysconf(_SC_NPROCESSORS_ONLN);
  out["memory"] = after_colon("/proc/meminfo", "MemTotal");
  out["kernel"] = std::string(system.sysname) + " " + system.release;
  out["architecture"] = system.machine;
  out["is_a_virtual_machine"] = all.find(" hypervisor ") != std::string::npos;
  out["mitigations"] = mitigations();
  out["governor"] = line_of(cpu + "cpu0/cpufreq/scaling_governor");
  out["smt"] = line_of(cpu + "smt/control");
  out["transparent_huge_pages"] = line_of("/sys/kernel/mm/transparent_hugepage/enabled");
  out["clock_source"] = line_of("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  return out;
}

CpuTicks cpu_ticks() {
  std::ifstream in("/proc/stat");
  std::string word;
  in >> word;
  CpuTicks out;
  double ticks = 0;
  for (int i = 0; i < 8 && in >> ticks; ++i) {  // user nice system idle iowait irq softirq steal
    out.all += ticks;
    if (i == 7) out.stolen = ticks;
  }
  return out;
}

double stolen_share(const CpuTicks& before, const CpuTicks& after) {
  const double passed = after.all - before.all;
  return passed > 0 ? (after.stolen - before.stolen) / passed : 0;
}

Json host_state() {
  const CpuTicks ticks = cpu_ticks();
  return {{"load", line_of("/proc/loadavg")}, {"steal_ticks", ticks.stolen}, {"ticks", ticks.all}};
}

}  // namespace strata
