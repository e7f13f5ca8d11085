#include "models/study/machine_file.h"

#include <algorithm>

#include "models/study/reader.h"

namespace strata {

const std::vector<std::string>& accel_names() {
  static const std::vector<std::string> kNames = {"native",     "kvm-vmx",    "kvm-svm",
                                                  "kvm-pvm",    "kvm-in-tcg", "xen-hw",
                                                  "xen-in-tcg", "tcg",        "el2"};
  return kNames;
}

bool emulates(const MachineFile& machine, const std::string& accel) {
  return machine.emulation && accel == "tcg";
}

MachineFile read_machine(const Node& node, const std::string& id, Issues& issues) {
  Reader reader(node, issues);
  MachineFile machine;
  machine.id = id;
  machine.place = node.place;
  machine.title = reader.text("title");
  reader.optional_text("based_on");  // the catalog has laid the base beneath
  machine.aliases = reader.texts("aliases");
  machine.cores = static_cast<int>(reader.whole("cores", 1));
  machine.era = static_cast<int>(reader.whole("era", 1960));
  if (!reader.find("accel")) reader.issue("accel", "is missing" + suggest("", accel_names()));
  machine.accel = reader.one_of("accel", accel_names()).value_or("");
  machine.clock = reader.required<Frequency>("clock");
  machine.memory = reader.required<Bytes>("memory");
  machine.memory_bandwidth = reader.required<Bandwidth>("memory_bandwidth");
  machine.filter_step = reader.required<Duration>("filter_step");
  reader.each("devices", [&](const std::string& name, const Node& child) {
    Reader device(child, issues);
    machine.devices[name] = {device.required<Bandwidth>("rate"),
                             device.required<Duration>("latency"),
                             device.optional<Ratio>("jitter")};
  });
  for (const std::string needed : {"disk", "nic"})
    if (!machine.devices.contains(needed))
      reader.issue("devices", "needs a " + needed + " with rate and latency");
  if (const Node* at = reader.find("launcher")) {
    Reader launcher(*at, issues);
    machine.launcher = {launcher.required<Duration>("each"),
                        launcher.required<Duration>("between")};
  }
  if (const Node* at = reader.find("emulation")) {
    Reader emulation(*at, issues);
    machine.emulation = {emulation.required<Ratio>("work"),
                         emulation.required<Duration>("syscall")};
  }
  if (const Node* at = reader.find("contention")) {
    Reader contention(*at, issues);
    machine.contention = {contention.required<Ratio>("vm_start"),
                          contention.required<Ratio>("guest_boot"),
                          contention.required<Ratio>("spread")};
  }
  if (const Node* at = reader.find("idle")) {
    Reader idle(*at, issues);
    machine.idle = {idle.required<Duration>("wake"), idle.required<Duration>("deep"),
                    idle.required<Duration>("deep_after")};
  }
  if (const Node* at = reader.find("memory_path")) {
    Reader path(*at, issues);
    machine.memory_path = {path.required<Ratio>("work"),        path.required<Bytes>("cache"),
                           path.required<Ratio>("ways"),        path.required<Duration>("hit"),
                           path.required<Duration>("alone"),    path.required<Duration>("beside"),
                           path.required<Duration>("spilling"), path.required<Ratio>("streamed")};
  }
  if (const Node* at = reader.find("crossings")) {
    Reader crossings(*at, issues);
    for (int c = 0; c < kCrossings; ++c)
      machine.crossings[static_cast<std::size_t>(c)] =
          crossings.required<Duration>(crossing_names()[static_cast<std::size_t>(c)]);
  } else {
    reader.issue("crossings",
                 "is missing: what each crossing costs here" + suggest("", crossing_names()));
  }
  machine.rows = read_rows(reader, "ops");
  return machine;
}

}  // namespace strata
