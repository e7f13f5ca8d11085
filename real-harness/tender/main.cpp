// Runs one unikernel on /dev/kvm, and nothing else: bundled with it, as Solo5 calls it, its tender.
//
//   strata-tender [--memory MIB] [--profile lean|fast] [--phases FILE|DESCRIPTOR]
//                 [--tap DESCRIPTOR] [--deadline SECONDS] IMAGE STEP [+ STEP]...
//
// The guest's marks go to descriptor 3 if it is open, else to standard output, like its output.
// --phases writes, at the end, when each phase ended: start, open, create, memory, vcpu, image,
// confined, first_run (the processor is about to run), the marks, exit.
// --tap is an open TAP device with vnet headers: the guest's network (rings.h).
// --deadline ends it by SIGALRM, whatever the guest does, so long after its set-up.
//
// Exit status: 1 when the guest broke a rule, 2 for wrong input, 3 when the host does not let it
// run; else the guest's own.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "real-harness/tender/abi.h"
#include "real-harness/tender/confine.h"
#include "real-harness/tender/guest.h"

namespace strata {
namespace {

struct WrongInput : std::runtime_error {
  using runtime_error::runtime_error;
};

struct Options {
  std::uint64_t memory = 16 * abi::kMiB;
  Profile profile = Profile::lean;
  std::string phases;
  std::string tap;
  std::uint64_t deadline = 0;  ///< s; 0: none
  std::string image;
  std::vector<std::string> words;
};

bool is_number(const std::string& text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

Options parse(const std::vector<std::string>& arguments) {
  Options out;
  std::size_t i = 0;
  for (; i < arguments.size() && arguments[i].rfind("--", 0) == 0; i += 2) {
    const std::string& name = arguments[i];
    if (i + 1 == arguments.size()) throw WrongInput(name + " needs a value");
    const std::string& value = arguments[i + 1];
    std::uint64_t mib = 0;
    if (name == "--memory") {
      if (!is_number(value, mib) || mib < abi::kMinMemory / abi::kMiB ||
          mib > abi::kMaxMemory / abi::kMiB || mib % 2 != 0)
        throw WrongInput("--memory is an even number of MiB from 4 to 1024, not " + value);
      out.memory = mib * abi::kMiB;
    } else if (name == "--profile") {
      if (value != "lean" && value != "fast")
        throw WrongInput("--profile is lean or fast, not " + value);
      out.profile = value == "lean" ? Profile::lean : Profile::fast;
    } else if (name == "--phases") {
      out.phases = value;
    } else if (name == "--tap") {
      out.tap = value;
    } else if (name == "--deadline") {
      if (!is_number(value, out.deadline) || out.deadline < 1 || out.deadline > 1'000'000)
        throw WrongInput("--deadline is a number of seconds from 1 to 1000000, not " + value);
    } else {
      throw WrongInput("there is no option " + name);
    }
  }
  if (arguments.size() < i + 2)
    throw WrongInput(
        "usage: strata-tender [--memory MIB] [--profile lean|fast] [--phases FILE|DESCRIPTOR] "
        "[--tap DESCRIPTOR] [--deadline SECONDS] IMAGE STEP [+ STEP]...");
  out.image = arguments[i];
  out.words.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end());
  return out;
}

std::vector<std::byte> read_file(const std::string& path) {
  const auto refuse = [&](const char* why) { throw WrongInput(path + ": " + why); };
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) refuse(std::strerror(errno));
  struct stat info {};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) refuse("is no file");
  if (info.st_size > static_cast<off_t>(abi::kMaxMemory)) refuse("is larger than any memory");
  std::vector<std::byte> out(static_cast<std::size_t>(info.st_size));
  for (std::size_t done = 0; done < out.size();) {
    const ssize_t n = read(fd, out.data() + done, out.size() - done);
    if (n <= 0) refuse("cannot be read");
    done += static_cast<std::size_t>(n);
  }
  close(fd);
  return out;
}

int descriptor(const char* option, const std::string& text) {
  std::uint64_t number = 0;
  if (!is_number(text, number)) throw WrongInput(option + (" is a descriptor, not " + text));
  if (number > 1023 || fcntl(static_cast<int>(number), F_GETFD) < 0)
    throw WrongInput(option + (": descriptor " + text + " is not open"));
  return static_cast<int>(number);
}

int phases_file(const std::string& where) {
  std::uint64_t number = 0;
  if (where.empty()) return -1;
  if (is_number(where, number)) return descriptor("--phases", where);
  const int fd = open(where.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) throw WrongInput("--phases: " + where + ": " + std::strerror(errno));
  return fd;
}

/// The guest's network, if it is to have one.
std::optional<Tap> network(const std::string& tap) {
  if (tap.empty()) return std::nullopt;
  const int fd = descriptor("--tap", tap);
  try {
    return std::optional<Tap>(fd);
  } catch (const std::system_error& error) {
    throw WrongInput("--tap: descriptor " + tap + " is no TAP device: " + error.what());
  }
}

void say(int to, const std::string& text) {
  if (write(to, text.data(), text.size()) < 0) return;  // nobody is left to be told
}

int run(const Options& options, int marks) {
  const int phases_to = phases_file(options.phases);
  std::optional<Tap> tap = network(options.tap);
  const std::vector<std::byte> image = read_file(options.image);
  const int devices = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (devices < 0) throw std::system_error(errno, std::generic_category(), "/dev");
  enter_empty_root();
  Phases phases;
  phases.end("start");
  Machine machine(devices, options.memory, options.profile, phases);
  close(devices);
  try {
    load_guest(machine, image, options.words, tap.has_value());
  } catch (const std::system_error&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw WrongInput(options.image + ": " + error.what());
  }
  phases.end("image");
  if (options.deadline > 0) alarm(static_cast<unsigned>(options.deadline));
  confine(machine.vcpu(), tap.has_value());
  phases.end("confined");
  const auto finish = [&] {
    phases.end("exit");
    if (phases_to >= 0) say(phases_to, phases.print());
  };
  try {
    phases.end("first_run");
    const int status = run_guest(machine, marks, phases, tap ? &*tap : nullptr);
    finish();
    return status;
  } catch (...) {
    finish();
    throw;
  }
}

}  // namespace
}  // namespace strata

int main(int count, char** arguments) {
  const auto failed = [](const std::exception& error, int status) {
    strata::say(2, std::string("strata-tender: ") + error.what() + "\n");
    return status;
  };
  try {
    const int marks = fcntl(3, F_GETFD) >= 0 ? 3 : 1;
    return strata::run(strata::parse({arguments + 1, arguments + count}), marks);
  } catch (const strata::BrokenRule& error) {
    return failed(error, 1);
  } catch (const strata::WrongInput& error) {
    return failed(error, 2);
  } catch (const std::exception& error) {
    return failed(error, 3);
  }
}
