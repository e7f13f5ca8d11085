#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "real-harness/owned/child.h"
#include "real-harness/owned/memory.h"
#include "real-harness/owned/together.h"
#include "real-harness/runners/processor.h"
#include "real-harness/tender/abi.h"
#include "tests/harness/fixtures.h"

namespace strata {
namespace {

class Tender : public Tidy {
 protected:
  void SetUp() override {
    Tidy::SetUp();
    const auto runner = runner_of("strata_unikernel_kvm_lean");
    if (const auto reason = runner->cannot())
      GTEST_SKIP() << runner->stack() << " cannot run here: " << *reason;
  }

  /// Its outcome and what it said.
  static Ran run(std::vector<std::string> words) {
    Launch launch;
    launch.argv = std::move(words);
    launch.argv.insert(launch.argv.begin(), STRATA_TENDER);
    return run_program(launch, "");
  }
  static std::string failure_of(std::vector<std::string> step) {
    step.insert(step.begin(), STRATA_UNIKERNEL);
    return run(std::move(step)).failure;
  }
};

TEST_F(Tender, SaysWhichRuleAGuestBrokeAndWhere) {
  // kvm-amd resets the processor before it says that there was an exception: where, is then lost.
  const bool amd = kvm_kind() == "kvm-svm";
  const auto broke = [&](std::vector<std::string> step, const std::string& what,
                         bool exception = false) {
    const std::string failure = failure_of(std::move(step));
    const bool lost = amd && exception;
    EXPECT_EQ(failure.rfind("exit status 1: ", 0), 0u) << failure;
    EXPECT_NE(failure.find(lost ? "strata-tender: the guest broke a rule: an exception"
                                : "strata-tender: the guest broke a rule at 0x2"),
              std::string::npos)
        << failure;
    EXPECT_TRUE(lost || failure.find(what) != std::string::npos) << failure;
  };
  broke({"crash"}, "an exception", true);
  broke({"knock", "128"}, "it wrote 4 bytes at port 0x80, which is no hypercall");
  broke({"knock", std::to_string(abi::kMark)}, "it wrote 4 bytes at port 0x500");
  broke({"knock", std::to_string(abi::kRead)}, "it wrote 4 bytes at port 0x508");
  broke({"knock", std::to_string(abi::kWrite)}, "the words of its write, at 0x0, are not its own");
  // The first byte behind its memory; the tender's tables; the boot page, which is to be read.
  for (const std::uint64_t address : {16 * abi::kMiB, std::uint64_t{1} << 40, std::uint64_t{0x1000},
                                      std::uint64_t{0x5000}, abi::kBootInfo})
    broke({"reach", std::to_string(address)}, "it touched 0x", true);
}

TEST_F(Tender, SaysWhatIsWrongWithItsInput) {
  const std::string image = STRATA_UNIKERNEL;
  const auto wrong = [&](std::vector<std::string> words, const std::string& what) {
    const std::string failure = run(std::move(words)).failure;
    EXPECT_EQ(failure.rfind("exit status 2: ", 0), 0u) << failure;
    EXPECT_NE(failure.find(what), std::string::npos) << failure;
  };
  wrong({}, "usage: ");
  wrong({image}, "usage: ");
  wrong({"--memory", "3", image, "hello"}, "from 4 to 1024, not 3");
  wrong({"--memory", "-4", image, "hello"}, "from 4 to 1024, not -4");
  wrong({"--profile", "small", image, "hello"}, "lean or fast, not small");
  wrong({"--deadline", "0", image, "hello"}, "from 1 to 1000000, not 0");
  wrong({"--size", "3", image, "hello"}, "no option --size");
  wrong({"/nowhere", "hello"}, "/nowhere: No such file");
  wrong({"/dev/zero", "hello"}, "/dev/zero: is no file");
  wrong({"README.md", "hello"}, "it is no ELF file");
  wrong({"--phases", "77", image, "hello"}, "descriptor 77 is not open");
  wrong({image, std::string(5000, 'x')}, "too long for the boot page");
  wrong({image, "stream", "5"}, "no such step here");
  wrong({image, "touch", "500"}, "there is not so much memory");
}

TEST_F(Tender, EndsAtItsDeadlineWhateverItsGuestDoes) {
  EXPECT_EQ(run({"--deadline", "1", STRATA_UNIKERNEL, "hang"}).failure,
            "ended by signal 14: E");  // the mark `entered`
  EXPECT_EQ(run({"--deadline", "1", STRATA_UNIKERNEL, "hello"}).failure, "");
}

TEST_F(Tender, StampsItsPhasesInTheirOrder) {
  const std::string file = (temporary() / "phases").string();
  const Ran ran = run({"--phases", file, STRATA_UNIKERNEL, "hello"});
  EXPECT_EQ(ran.failure, "");
  std::ifstream in(file);
  std::string names, word, last = "0";
  for (std::string line; std::getline(in, line);) {
    const std::size_t cut = line.rfind(' ');
    names += line.substr(0, cut) + ", ";
    EXPECT_LE(std::stoll(last), std::stoll(line.substr(cut))) << line;
    last = line.substr(cut);
  }
  EXPECT_EQ(names,
            "start, open, create, memory, vcpu, image, confined, first_run, mark E, mark P, "
            "mark V, mark M, mark D, exit, ");
  std::filesystem::remove(file);
}

TEST_F(Tender, TakesLessMemoryWhenLean) {
  const auto pss = [](const char* stack) {
    const Outcome o = runner_of(stack)->run({.steps = {{"wait"}}, .read_memory = true});
    EXPECT_EQ(o.outcome, "ok") << o.errors;
    return o.memory ? o.memory->pss : 0;
  };
  const auto lean = pss("strata_unikernel_kvm_lean"), fast = pss("strata_unikernel_kvm");
  EXPECT_LT(lean, 2 * 1024);   // KiB
  EXPECT_GT(fast, 80 * 1024);  // all that it was given
}

/// What is there to see of a tender from outside while its guest waits: a line of its status.
std::string line_of(const std::string& status, const std::string& key) {
  const std::size_t at = status.find("\n" + key + ":");
  if (at == std::string::npos) return "no " + key;
  return status.substr(at + 1, status.find('\n', at + 1) - at - 1);
}

TEST_F(Tender, HasNoRightsWhileItsGuestRuns) {
  namespace fs = std::filesystem;
  Pipe in = make_pipe(), out = make_pipe();
  Launch launch;
  launch.argv = {STRATA_TENDER, STRATA_UNIKERNEL, "wait"};
  launch.own_namespaces = launch.isolated = true;  // as its runner starts it
  Child child(launch, {in.read.get(), out.write.get(), out.write.get(), out.write.get()});
  char entered = 0;
  ASSERT_EQ(read(out.read.get(), &entered, 1), 1);
  EXPECT_EQ(entered, 'E');

  const fs::path process = "/proc/" + std::to_string(child.pid());
  const auto text_of = [&](const char* name) {
    std::ifstream file(process / name);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  const std::string status = text_of("status");
  EXPECT_EQ(line_of(status, "NoNewPrivs"), "NoNewPrivs:\t1");
  EXPECT_EQ(line_of(status, "Seccomp"), "Seccomp:\t2");
  EXPECT_EQ(line_of(status, "Seccomp_filters"), "Seccomp_filters:\t1");
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
    EXPECT_EQ(line_of(status, set), std::string(set) + ":\t0000000000000000");
  const std::string limits = text_of("limits");
  for (const char* limit : {"Max core file size        0                    0 ",
                            "Max open files            1                    1 "})
    EXPECT_NE(limits.find(limit), std::string::npos) << limits;
  for (const char* space : {"pid", "mnt", "net", "ipc", "uts", "cgroup"})
    EXPECT_NE(fs::read_symlink(process / "ns" / space),
              fs::read_symlink(fs::path("/proc/self/ns") / space));
  if (geteuid() != 0) return;  // who has no rights cannot become somebody else
  EXPECT_EQ(line_of(status, "Uid"), "Uid:\t65534\t65534\t65534\t65534");
  EXPECT_EQ(line_of(status, "Gid"), "Gid:\t65534\t65534\t65534\t65534");
  EXPECT_EQ(line_of(status, "Groups"), "Groups:\t ");
  // Its root is a folder that is there no more.
  EXPECT_NE(fs::read_symlink(process / "root").string().find(" (deleted)"), std::string::npos);
  std::error_code none;  // some file systems say that it does not exist
  for (const auto& file : fs::directory_iterator(process / "root", none)) ADD_FAILURE() << file;
  EXPECT_FALSE(std::ofstream(process / "root" / "file").is_open());
}

TEST_F(Tender, HasAControlGroupWithALimit) {
  if (geteuid() != 0) GTEST_SKIP() << "control groups need root";
  if (MemoryGroup().path().empty()) GTEST_SKIP() << "no control group for memory can be made here";
  const auto runner = runner_of("strata_unikernel_kvm_lean");
  std::string group, limit;
  const auto look = [&](const std::vector<pid_t>& launchers) {
    std::ifstream in("/proc/" + std::to_string(launchers.front()) + "/cgroup");
    for (std::string line; std::getline(in, line);)
      if (const auto at = line.find("/strata-harness-"); at != std::string::npos)
        group = line.substr(at + 1);
    for (const char* file : {"memory/", ""})
      for (const char* name : {"memory.limit_in_bytes", "memory.max"})
        if (std::ifstream bytes("/sys/fs/cgroup/" + std::string(file) + group + "/" + name); bytes)
          bytes >> limit;
  };
  EXPECT_EQ(run_together(*runner, {.steps = {{"wait"}}}, 1, look), "ok");
  EXPECT_NE(group, "");
  // All that was promised to the guest, and something for the tender and the kernel.
  EXPECT_GT(std::atol(limit.c_str()), *runner->configured() * abi::kMiB);
  EXPECT_LT(std::atol(limit.c_str()), 2 * *runner->configured() * abi::kMiB);
}

/// What a bad guest does costs its own instance only: another one beside four of them does all that
/// it was asked for, as often as it is started.
TEST_F(Tender, KeepsABadGuestFromTheOthers) {
  const std::vector<std::vector<std::string>> bad = {
      {"hang"}, {"flood"}, {"reach", std::to_string(std::uint64_t{1} << 30)}, {"crash"}};
  std::vector<pid_t> watchers;
  for (const auto& step : bad) {
    watchers.push_back(fork());
    if (watchers.back() != 0) continue;
    const auto runner = runner_of("strata_unikernel_kvm_lean");
    const std::int64_t until = now() + 1'500'000'000;
    bool ended_well = false;
    while (now() < until)
      ended_well |= runner->run({.steps = {step}, .deadline = std::chrono::milliseconds(500)}).ok();
    _exit(ended_well ? 1 : 0);
  }
  const auto runner = runner_of("strata_unikernel_kvm_lean");
  const std::int64_t until = now() + 1'000'000'000;
  int lives = 0;
  for (; now() < until; ++lives) {
    const Outcome o = runner->run({.steps = {{"syscall", "1000"}, {"touch", "1"}}});
    ASSERT_EQ(o.outcome, "ok") << o.errors;
    EXPECT_NE(o.output.find("touch ns="), std::string::npos) << o.output;
  }
  EXPECT_GT(lives, 1);
  for (const pid_t pid : watchers) {
    int status = -1;
    waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0) << "a bad guest ended well";
  }
}

/// What is linked is what is used: bytes of the files.
TEST(Unikernel, IsSmall) {
  namespace fs = std::filesystem;
  EXPECT_LT(fs::file_size(STRATA_UNIKERNEL), 100'000);
  const fs::path wired = std::string(STRATA_UNIKERNEL) + "-net";
  if (!fs::exists(wired)) GTEST_SKIP() << "lwIP could not be fetched when this was built";
  EXPECT_LT(fs::file_size(wired), 400'000);
}

/// A tender under root has changed who it is; it still does not outlive the harness.
TEST_F(Tender, DiesWithWhoStartedIt) {
  Pipe report = make_pipe();
  const pid_t starter = fork();
  ASSERT_GE(starter, 0);
  if (starter == 0) {
    Pipe in = make_pipe(), out = make_pipe();
    Launch launch;
    launch.argv = {STRATA_TENDER, STRATA_UNIKERNEL, "wait"};
    Child child(launch, {in.read.get(), out.write.get(), out.write.get(), out.write.get()});
    char entered = 0;
    const pid_t pid = child.pid();
    if (read(out.read.get(), &entered, 1) == 1) (void)!write(report.write.get(), &pid, sizeof pid);
    raise(SIGKILL);
  }
  report.write.reset();
  pid_t tender = 0;
  ASSERT_EQ(read(report.read.get(), &tender, sizeof tender), static_cast<ssize_t>(sizeof tender));
  // This process adopts and reaps it; before, it may have been seen to wait for its guest's input.
  EXPECT_TRUE(no_process_is_left()) << tender;
}

}  // namespace
}  // namespace strata
