#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "real-harness/runners/xen_in_qemu.h"
#include "tests/harness/fixtures.h"

namespace strata {
namespace {

class Xen : public Tidy {};

/// The answers to a step, in the order of the guests.
std::vector<double> answers(const std::string& text, const std::string& step) {
  std::vector<double> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    double ns = 0, count = 0;
    if (std::sscanf(line.c_str(), (step + " ns=%lf count=%lf").c_str(), &ns, &count) == 2)
      out.push_back(ns / count);
  }
  return out;
}

/// Both kinds of guests, one after another on one machine, twice, from folders of different names:
/// what they say is the same to the last instruction, and in the order of what they do.
TEST_F(Xen, CountsOfItsGuestsAreTheSameInTwoRuns) {
  for (const char* stack : {"strata_unikernel_xen_icount", "xen_pvh_linux_icount"})
    if (const auto reason = runner_of(stack)->cannot())
      GTEST_SKIP() << stack << " cannot run here: " << *reason;
  const Trial trial{
      .steps = {{"counter"}, {"syscall", "1000"}, {"hypercall", "200"}, {"cpuid", "200"}},
      .deadline = std::chrono::minutes(10)};
  std::string said[2];
  const auto around = std::filesystem::temp_directory_path();
  std::string other = around / "strata-of-another-length-XXXXXX";
  for (std::string& text : said) {
    const bool second = &text == &said[1];
    if (second) {
      ASSERT_NE(mkdtemp(other.data()), nullptr);
      setenv("TMPDIR", other.c_str(), 1);
    }
    const OwnedFolder folder;
    if (second) setenv("TMPDIR", around.c_str(), 1);
    // The marks of two guests are more than those of a life: here they stay in the text.
    Launch launch = xen_in_qemu(
        STRATA_PROBE_GUEST,
        {xen_linux(STRATA_PROBE_GUEST, trial), xen_unikernel(STRATA_PROBE_GUEST, trial)},
        folder.path());
    launch.marks_are_lines = false;
    const Outcome outcome = supervise(launch, trial);
    text = outcome.output;
    ASSERT_EQ(answers(text, "cpuid").size(), 2u) << outcome.outcome << text << outcome.errors;
  }
  std::filesystem::remove(other);
  EXPECT_EQ(said[0], said[1]);
  const auto boot = answers(said[0], "counter"), call = answers(said[0], "syscall"),
             hypercall = answers(said[0], "hypercall"), exit = answers(said[0], "cpuid");
  ASSERT_EQ(boot.size() + call.size() + hypercall.size(), 6u) << said[0];
  for (int i = 0; i < 2; ++i) {
    std::printf("%s: boot %.0f, null call %.1f, hypercall %.1f, exit %.1f instructions\n",
                i == 0 ? "linux" : "unikernel", boot[i], call[i], hypercall[i], exit[i]);
    // What enters the hypervisor costs hundreds of instructions at least.
    EXPECT_GT(hypercall[i], 200);
    EXPECT_GT(exit[i], 200);
  }
  EXPECT_LT(call[1], call[0]);  // a function call, a system call
  EXPECT_LT(boot[1], boot[0]);  // a Linux boots besides being created
}

}  // namespace
}  // namespace strata
