#pragma once

namespace guest {

/// What a machine's first process is asked for, by its words:
///
///   init END OUT MARKS [modules] [network INTERFACE] [container] [application] run STEP [+
///   STEP]... end
///   init END OUT MARKS [modules] program run PATH WORD... end
struct Machine {
  bool restart = true;        ///< END is "restart" or "off": how this machine is ended
  const char* out = nullptr;  ///< the terminals for answers and for marks
  /// "lines": there is one terminal, and a mark is a line of its own, "mark M tsc=N"
  const char* marks = nullptr;
  bool modules = false;             ///< load /modules/*.ko
  const char* interface = nullptr;  ///< gets the instance's address
  bool application = false;         ///< start what kApplication says, and no steps
  bool container = false;  ///< start the bundle in /bundle by crun, and leave the steps to it
  bool program = false;    ///< start the program, which marks and answers, and no steps
};

/// Whether this is a machine's first process. Then `words` becomes its steps: kernels put words of
/// their own before "init" and behind "end".
bool take_machine(int& count, char**& words, Machine& machine);

/// Mounts a file system that needs no device; makes the folder.
void mount(const char* type, const char* at);

/// Opens the terminals as descriptors 0 to 3.
void open_terminals(const Machine& machine);

/// Loads modules and brings up the network.
void prepare_devices(const Machine& machine);

/// Starts the container, waits for its end, and ends the machine.
[[noreturn]] void run_container(const Machine& machine, char** environment);

/// Starts the program, waits for its end, says which signal ended it if one did, and ends the
/// machine.
[[noreturn]] void run_program(const Machine& machine, int count, char** words, char** environment);

/// Where an application is described, in words that end in a zero byte each: its user, its group,
/// how many more groups and which, its folder, how many arguments and which, its environment.
constexpr const char* kApplication = "/strata/application";

/// Starts the application, waits for its end, says how it ended, and ends the machine.
[[noreturn]] void run_application(const Machine& machine);

/// Ends the machine once what was written has left it.
[[noreturn]] void end_machine(const Machine& machine);

}  // namespace guest
