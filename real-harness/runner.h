#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace strata {

/// What an instance is offered besides its program.
enum class Offer {
  nothing,
  network,  ///< the address Network::kInstance on a wire to the peer (owned/network.h)
  disk,     ///< a block device or file of Trial::disk's bytes; `{disk}` in the command is its name
};

/// Keeps an instance at its first step, which must be "wait". Descriptors of this program's.
struct Hold {
  int ready = -1;  ///< the launcher's pid and a newline are written here at the mark `main`
  int go = -1;     ///< the wait ends when this is readable or has no writer
};

/// Descriptors of the `cgroup.procs` of the control group that an instance starts in, and of the
/// one that this program is in; -1: the instance stays in that one.
struct Group {
  int instance = -1, home = -1;
};

/// One life of an instance: the guest program with this chain of steps, each a list of words (see
/// guest/probe.cpp). The mark `main` comes before the first step, `done` after the last.
struct Trial {
  std::vector<std::vector<std::string>> steps = {{"hello"}};
  std::chrono::milliseconds deadline{10'000};
  /// Read the memory of the instance after its mark `main`; the first step must then be "wait".
  bool read_memory = false;
  Offer offer = Offer::nothing;
  std::filesystem::path disk = {};  ///< with Offer::disk: a file with something in every block
  std::optional<Hold> hold = {};    ///< not with read_memory
  Group group = {};
  /// With Offer::network: the guest program runs these steps in the peer's namespace once the
  /// instance has marked `main`; the instance's one step is then "serve".
  std::vector<std::vector<std::string>> peer = {};
};

/// The guest program's arguments for these steps, with a "+" between two.
std::vector<std::string> words_of(const std::vector<std::vector<std::string>>& steps);

/// Memory of the payload's process as the kernel's smaps_rollup counts it, in KiB.
struct MemoryUse {
  std::int64_t rss = 0;       ///< resident, shared pages counted whole
  std::int64_t pss = 0;       ///< resident, shared pages divided among those who map them
  std::int64_t private_ = 0;  ///< resident and mapped by nobody else
};

/// A network device on the wire between peer and instance, and what it was ready to do for who
/// sends and receives (ethtool's words: rx, tx, sg, tso, gso, gro).
struct WireDevice {
  std::string place;  ///< whose namespace it is in: peer, host or instance
  std::string name;
  int mtu = 0;
  std::vector<std::string> offloads;
};

/// What happened. A guest that hangs or crashes is an outcome, not an exception. Times are the
/// host's CLOCK_MONOTONIC in ns; a mark that never came has none. `output` and `errors` are what
/// the guest and its launcher wrote, cut at kOutputLimit.
struct Outcome {
  std::string outcome = "ok";  ///< ok, timeout, or "failed: ..." in words
  std::int64_t exec = 0;       ///< just before the exec of the launcher
  /// The marks, in this order: its first instruction; its working memory is there; what it was
  /// offered is usable; just before its first step; after its last.
  std::optional<std::int64_t> entered, memory_ready, devices_ready, main, done;
  std::string output;
  std::string peer_output;
  std::string errors;
  std::optional<MemoryUse> memory;     ///< nothing: not asked for, or its process was gone
  std::optional<int> configured = {};  ///< Runner::configured()
  std::vector<WireDevice> wire = {};   ///< with Trial::peer: as it was when that was started

  bool ok() const { return outcome == "ok"; }
};

/// A guest that writes more than this is ended: outcome "failed: ...".
inline constexpr std::size_t kOutputLimit = 64 * 1024;

struct Application;  // application/application.h: a server of the user's own, and
struct Stage;        // an instance of it that is ready to be started

/// One way to start the guest program on this machine, and perhaps other programs. To add one,
/// implement the five functions in runners/ and name it in runners.cpp.
class Runner {
 public:
  virtual ~Runner() = default;

  virtual std::string stack() const = 0;  ///< the stack's id in the records
  virtual std::string about() const = 0;  ///< one line: how it is started
  /// The records' accel, e.g. native, tcg; of a virtual machine it is known after cannot().
  virtual std::string accel() const = 0;
  /// The records' clock: wall, or icount where the instance's clock counts its instructions, one a
  /// nanosecond. Of such an instance only what it times itself is kept.
  virtual std::string clock() const { return "wall"; }

  /// The memory an instance is promised at its start, in MiB; nothing: it has no limit of its own.
  virtual std::optional<int> configured() const { return std::nullopt; }
  /// How long a life of a few small steps may take here before something must be wrong.
  virtual std::chrono::milliseconds patience() const { return std::chrono::seconds(10); }
  /// Whether its memory takes part in the kernel's merging of equal pages (KSM).
  virtual bool merges() const { return false; }
  /// Whether its instances have this step of the guest program; what needs others is not measured.
  /// By default, all but those of the unikernel alone.
  virtual bool has(const std::string& step) const { return step != "hypercall" && step != "cpuid"; }

  /// Nothing when it can run here, found by trying; else one sentence: why not, and what to
  /// install or enable.
  virtual std::optional<std::string> cannot() = 0;

  /// Starts one instance, watches it to its end or to its deadline, and leaves nothing of it.
  virtual Outcome run(const Trial& trial) = 0;

  /// Whether applications can be started this way.
  virtual bool takes_images() const { return false; }
  /// Whether the guest program's own web server (its step `http`) can be started this way.
  virtual bool serves_page() const { return takes_images(); }
  /// Precondition: it takes images, or it serves the page and the application is that.
  virtual std::unique_ptr<Stage> stage(const Application& application);
};

/// All runners there are, whether or not they can run here. `guest` is the guest program; the
/// images it is in are in the folder `images` beside it.
std::vector<std::unique_ptr<Runner>> runners(const std::filesystem::path& guest);

}  // namespace strata
