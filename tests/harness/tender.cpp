#include <elf.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "real-harness/owned/child.h"
#include "real-harness/runners/processor.h"
#include "real-harness/tender/abi.h"
#include "real-harness/tender/elf.h"
#include "tests/harness/fixtures.h"
#include "tests/harness/unikernel_file.h"

namespace strata {
namespace {

template <class T>
void put(Bytes& file, std::size_t at, T value) {
  std::memcpy(file.data() + at, &value, sizeof value);
}

/// Loads it: "" or why not. Nothing outside of the guest's part of memory may change.
std::string load(const Bytes& file) {
  Bytes memory(kMemory, std::byte{0});
  std::string why;
  try {
    const Image image = load_elf(file, memory, kLowest, kHighest);
    EXPECT_GE(image.entry, kLowest);
    EXPECT_LT(image.entry, image.end);
    EXPECT_LE(image.end, kHighest);
  } catch (const std::runtime_error& error) {
    why = error.what();
    EXPECT_EQ(why.rfind("the image cannot be loaded: ", 0), 0u) << why;
  }
  const auto zero = [](std::byte b) { return b == std::byte{0}; };
  EXPECT_TRUE(std::all_of(memory.begin(), memory.begin() + kLowest, zero));
  EXPECT_TRUE(std::all_of(memory.begin() + kHighest, memory.end(), zero));
  return why;
}

/// What is wrong with the unikernel's file when these bytes of it are others.
template <class T>
std::string with(std::size_t at, T value) {
  Bytes file = unikernel();
  put(file, at, value);
  return load(file);
}

/// Offset of a field of the first program header, which stands behind the header.
constexpr std::size_t first(std::size_t field) { return sizeof(Elf64_Ehdr) + field; }

TEST(LoadElf, LoadsTheUnikernelAsItIs) { EXPECT_EQ(load(unikernel()), ""); }

TEST(LoadElf, SaysWhatIsWrong) {
  const std::string head = "the image cannot be loaded: ";
  EXPECT_EQ(load({}), head + "the file ends before its header");
  EXPECT_EQ(with(0, 'X'), head + "it is no ELF file");
  EXPECT_EQ(with(offsetof(Elf64_Ehdr, e_machine), Elf64_Half{EM_AARCH64}),
            head + "it is not for 64-bit x86");
  EXPECT_EQ(with(offsetof(Elf64_Ehdr, e_type), Elf64_Half{ET_DYN}),
            head + "it is no static executable at fixed addresses (e_type 3)");
  EXPECT_EQ(with(offsetof(Elf64_Ehdr, e_phentsize), Elf64_Half{32}),
            head + "its program headers have 32 bytes each");
  for (const Elf64_Off offset : {Elf64_Off{1} << 20, ~Elf64_Off{0}, ~Elf64_Off{0} - 55})
    EXPECT_NE(with(offsetof(Elf64_Ehdr, e_phoff), offset).find("the file ends before its program"),
              std::string::npos);
  EXPECT_EQ(with(offsetof(Elf64_Ehdr, e_entry), Elf64_Addr{0x1000}),
            head + "its entry is in no executable segment");
  EXPECT_EQ(with(first(offsetof(Elf64_Phdr, p_type)), Elf64_Word{PT_INTERP}),
            head + "it is linked dynamically");
  EXPECT_EQ(with(first(offsetof(Elf64_Phdr, p_offset)), ~Elf64_Off{0}),
            head + "segment 0 lies beyond the file's end");
  EXPECT_EQ(with(first(offsetof(Elf64_Phdr, p_filesz)), ~Elf64_Xword{0}),
            head + "segment 0 is larger in the file than in memory");
  for (const Elf64_Addr address :
       {Elf64_Addr{0}, Elf64_Addr{kLowest - 1}, Elf64_Addr{kHighest}, ~Elf64_Addr{0}})
    EXPECT_EQ(with(first(offsetof(Elf64_Phdr, p_vaddr)), address),
              head + "segment 0 lies outside of the guest's memory");
  EXPECT_EQ(with(first(offsetof(Elf64_Phdr, p_memsz)), ~Elf64_Xword{0}),
            head + "segment 0 lies outside of the guest's memory");
  EXPECT_NE(with(first(offsetof(Elf64_Phdr, p_vaddr)), Elf64_Addr{kLowest + abi::kMiB})
                .find("segment 1 overlaps"),
            std::string::npos);
}

TEST(LoadElf, RefusesEveryFileThatWasCutInItsHeaders) {
  const Bytes whole = unikernel();
  const std::size_t headers = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);
  for (std::size_t size = 0; size < headers; ++size)
    EXPECT_NE(load({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}), "") << size;
}

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
  wrong({"--size", "3", image, "hello"}, "no option --size");
  wrong({"/nowhere", "hello"}, "/nowhere: No such file");
  wrong({"/dev/zero", "hello"}, "/dev/zero: is no file");
  wrong({"README.md", "hello"}, "it is no ELF file");
  wrong({"--phases", "77", image, "hello"}, "descriptor 77 is not open");
  wrong({image, std::string(5000, 'x')}, "too long for the boot page");
  wrong({image, "stream", "5"}, "no such step here");
  wrong({image, "touch", "500"}, "there is not so much memory");
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
  launch.own_namespaces = true;  // as its runner starts it
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
  EXPECT_EQ(line_of(status, "Threads"), "Threads:\t1");
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
    EXPECT_EQ(line_of(status, set), std::string(set) + ":\t0000000000000000");
  const std::string limits = text_of("limits");
  for (const char* limit : {"Max core file size        0                    0 ",
                            "Max processes             0                    0 ",
                            "Max open files            1                    1 "})
    EXPECT_NE(limits.find(limit), std::string::npos) << limits;
  for (const char* space : {"pid", "mnt"})
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
