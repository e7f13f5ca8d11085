#include <gtest/gtest.h>

#include <fstream>

#include "real-harness/owned/child.h"
#include "tests/harness/fixtures.h"
#include "tests/tender/mutated.h"

namespace strata {
namespace {

class AnyElf : public Tidy {
 protected:
  void SetUp() override {
    Tidy::SetUp();
    const auto runner = runner_of("strata_unikernel_kvm_lean");
    if (const auto reason = runner->cannot())
      GTEST_SKIP() << runner->stack() << " cannot run here: " << *reason;
  }
};

/// A whole tender refuses such a file, or runs it to whatever end: its guest may answer, break a
/// rule, run on or write without end, but the tender never dies of it. 2: refused, 1: it broke a
/// rule; other statuses are the guest's own, which its changed code may make anything.
TEST_F(AnyElf, NeverKillsItsTender) {
  const Bytes whole = unikernel();
  const auto fields = fields_of(whole);
  const std::string path = temporary() / "image";
  int refused = 0, broke = 0, ran = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Bytes file = mutated(whole, fields, i);
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(file.data()),
               static_cast<std::streamsize>(file.size()));
    Launch launch;
    launch.argv = {STRATA_TENDER, path, "hello"};
    const Ran got = run_program(launch, "", std::chrono::seconds(2));
    const bool alive = got.failure.empty() || got.failure.rfind("exit status ", 0) == 0 ||
                       got.failure == "ended: it took too long or wrote too much";
    ASSERT_TRUE(alive) << "file " << i << ": " << got.failure;
    ASSERT_NE(got.failure.rfind("exit status 3: strata-tender:", 0), 0u) << i << got.failure;
    if (got.failure.rfind("exit status 2: strata-tender:", 0) == 0)
      ++refused;
    else if (got.failure.rfind("exit status 1: strata-tender:", 0) == 0)
      ++broke;
    else
      ++ran;
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(broke, 0);
  EXPECT_GT(ran, 0);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace strata
