#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "real-harness/owned/owned.h"
#include "real-harness/runners/seccomp.h"
#include "tests/harness/fixtures.h"

namespace strata {
namespace {

class Confinement : public EachRunner {
 protected:
  std::string stack() { return runner().stack(); }
  std::string says(std::vector<std::string> step) {
    const Outcome o = runner().run({.steps = {std::move(step)}});
    EXPECT_EQ(o.outcome, "ok") << o.errors;
    return o.output;
  }
};

TEST_P(Confinement, ForbidsWhatTheProfileForbids) {
  // vmsplice(0, 0, 0, 0) on a pipe does nothing and succeeds; the profile answers EPERM.
  const bool seccomp = stack().ends_with("_seccomp");
  EXPECT_EQ(says({"call", "278"}), seccomp ? "call errno=1\n" : "call errno=0\n");
  EXPECT_NE(says({"show", "/proc/self/status"}).find(seccomp ? "Seccomp:\t2" : "Seccomp:\t0"),
            std::string::npos);
}

TEST_P(Confinement, GivesThePayloadNoRights) {
  const std::string status = says({"show", "/proc/self/status"});
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
    EXPECT_NE(status.find(fmt::format("{}:\t0000000000000000\n", set)), std::string::npos)
        << status;
  EXPECT_NE(status.find("NoNewPrivs:\t1"), std::string::npos) << status;
}

TEST_P(Confinement, WithoutRootRunsAsAnOrdinaryUser) {
  // Inside: the only user is 0. Outside, which the map is about: who that is.
  unsigned inside = 9, outside = 9, size = 9;
  const std::string map = says({"show", "/proc/self/uid_map"});
  ASSERT_EQ(std::sscanf(map.c_str(), "%u %u %u", &inside, &outside, &size), 3) << map;
  EXPECT_EQ(inside, 0u);
  if (!stack().ends_with("_rootless")) {
    EXPECT_EQ(outside, 0u);
    return;
  }
  EXPECT_EQ(outside, geteuid() == 0 ? kNobody : geteuid());
  EXPECT_EQ(size, 1u);
  // The launcher, too: its control groups are this program's, and none was made.
  const std::string groups = says({"show", "/proc/self/cgroup"});
  EXPECT_EQ(groups.find("strata-harness"), std::string::npos) << groups;
}

INSTANTIATE_TEST_SUITE_P(Each, Confinement, container_runners(), stack_of_index);

using Seccomp = Tidy;

TEST_F(Seccomp, KeepsTheRulesForAContainerWithoutRightsOnThisMachine) {
  const std::string file = temporary() / "strata-profile.json";
  std::ofstream(file) << R"({
    "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "ENOSYS",
    "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
                {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
    "syscalls": [
      {"names": ["a"], "action": "SCMP_ACT_ALLOW", "args": null, "comment": "", "includes": {}},
      {"names": ["b"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
      {"names": ["c"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "errno": "EPERM",
       "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
      {"names": ["d"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["arm64"]}},
      {"names": ["e"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64", "x32"]}},
      {"names": ["f"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "2.6"}},
      {"names": ["g"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "999.0"}},
      {"names": ["h"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["amd64"]}},
      {"names": ["i"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 8, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]}]})";
  const nlohmann::json section = seccomp_section(file);
  std::filesystem::remove(file);
  EXPECT_EQ(section["defaultAction"], "SCMP_ACT_ERRNO");
  EXPECT_EQ(section["defaultErrnoRet"], 38);
  EXPECT_EQ(section["architectures"].dump(), R"(["SCMP_ARCH_X86_64","SCMP_ARCH_X86"])");
  std::string kept;
  for (const auto& rule : section["syscalls"]) kept += rule["names"][0].get<std::string>();
  EXPECT_EQ(kept, "acefi");
  EXPECT_EQ(section["syscalls"][1]["errnoRet"], 1);
  EXPECT_EQ(section["syscalls"][4]["args"][0]["value"], 8);
}

TEST_F(Seccomp, NamesTheFileThatIsNoProfile) {
  EXPECT_THROW(seccomp_section("/nowhere.json"), std::runtime_error);
}

}  // namespace
}  // namespace strata
