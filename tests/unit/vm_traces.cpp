// Do the readers of virtual machines, jobs and CPU use say what their files say, and name what is
// wrong? The files are written here in the formats as published; the traces themselves, where
// STRATA_TRACES names them, are counted against what their publishers state.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <map>
#include <set>

#include "models/cli/plugins.h"
#include "models/study/catalog.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

Catalog plugins() {
  Catalog catalog;
  add_workloads(catalog);
  return catalog;
}

VmTrace open(const std::string& id, const std::filesystem::path& folder, Issues& issues,
             const VmTraceOptions& options = {}) {
  return plugins().vm_traces.at(id).open(folder, options, issues);
}

std::vector<VmRequest> all(VmTrace& trace) {
  std::vector<VmRequest> out;
  for (VmRequest vm; trace.requests && trace.requests->next(vm);) out.push_back(vm);
  return out;
}

/// What is wrong with a folder, without the folder's own name.
std::string mistakes(const std::string& id, const Folder& folder) {
  Issues issues;
  EXPECT_FALSE(open(id, folder.path(), issues).requests);
  std::string out = printed(issues);
  const std::string place = folder.path().string() + "/";
  for (auto at = out.find(place); at != std::string::npos; at = out.find(place))
    out.erase(at, place.size());
  return out;
}

void write_azure(const Folder& folder, const std::string& arrivals, const std::string& lives) {
  folder.write("flav_map.txt", "1,0.75 a\n2,3.5 g\n");
  std::string bins = "0 0\n";
  for (int k = 1; k <= 12; ++k) bins += fmt::format("{} {}\n", 300 * k, k);
  for (int k = 13; k <= 24; ++k) bins += fmt::format("{} 13\n", 300 * k);
  folder.write("v1.interval_map.txt", bins);
  folder.write("v1.dev.txt", arrivals);
  folder.write("v1.dev.c9000.txt", lives);
}

TEST(AzureVm2017, MachinesHaveTheirFlavourBatchAndLife) {
  const Folder folder;
  write_azure(folder, "600 g,|,a,a,|\n1200 g,|\n", "600 U3,|,U12,C13,|\n1200 U13,|\n");
  Issues issues;
  VmTrace trace = open("azure_vm_2017", folder.path(), issues);
  ASSERT_EQ(printed(issues), "");
  EXPECT_EQ(trace.shapes, (std::vector<Capacity>{{1, 768}, {2, 3584}}));
  const auto vms = all(trace);
  ASSERT_EQ(vms.size(), 4U);
  EXPECT_EQ(vms[0].at, 0);
  EXPECT_EQ(vms[0].life, 900);
  EXPECT_EQ(vms[0].shape, 1U);
  EXPECT_EQ(vms[1].life, 3600);
  EXPECT_EQ(vms[1].shape, 0U);
  EXPECT_EQ(vms[2].life, 9000 - 600);
  EXPECT_TRUE(vms[2].censored);
  EXPECT_EQ(vms[1].batch, vms[2].batch);
  EXPECT_NE(vms[0].batch, vms[1].batch);
  EXPECT_NE(vms[2].batch, vms[3].batch);
  EXPECT_EQ(vms[3].at, 600);
  EXPECT_GE(vms[3].life, 3900);
  EXPECT_LE(vms[3].life, 7200);
  EXPECT_EQ(vms[3].life % 300, 0);
}

TEST(AzureVm2017, LivesWithinABinAreEquallyLikelyAndEndByTheEdge) {
  std::string arrivals = "4800 ", lives = "4800 ";
  for (int i = 0; i < 4000; ++i) arrivals += "a,", lives += i < 2000 ? "U0," : "U13,";
  const Folder folder;
  write_azure(folder, arrivals + "|\n", lives + "|\n");
  Issues issues;
  VmTrace trace = open("azure_vm_2017", folder.path(), issues);
  ASSERT_EQ(printed(issues), "");
  double short_sum = 0;
  const auto vms = all(trace);
  ASSERT_EQ(vms.size(), 4000U);
  for (std::size_t i = 0; i < 4000; ++i) {
    EXPECT_GE(vms[i].life, 1);
    if (i < 2000) short_sum += static_cast<double>(vms[i].life);
    // The edge is 4200 s away and they had ended before it: of bin 13 only 3900 s is left.
    if (i >= 2000) {
      EXPECT_EQ(vms[i].life, 3900);
    }
  }
  // Two moments in 300 s are 100 s apart in the mean, with a deviation of 71 s.
  EXPECT_NEAR(short_sum / 2000, 100, 4 * 71 / 44.7);
}

TEST(AzureVm2017, MistakesAreNamedWithTheirLine) {
  const Folder folder;
  write_azure(folder, "600 g,|\n900 x,|\n", "600 U3,|\n900 U3,|\n");
  EXPECT_EQ(mistakes("azure_vm_2017", folder),
            "v1.dev.txt:2:1: 'x' is no flavour of flav_map.txt\n");
  write_azure(folder, "600 g,|\n", "600 V3,|\n");
  EXPECT_EQ(mistakes("azure_vm_2017", folder),
            "v1.dev.c9000.txt:1:1: 'V3' is no life: expected U or C and a bin\n");
  write_azure(folder, "600 g,g,|\n", "600 U3,|\n");
  EXPECT_EQ(mistakes("azure_vm_2017", folder),
            "v1.dev.c9000.txt:1:1: '|' is no life: expected U or C and a bin\n");
  write_azure(folder, "600 g,|\n900 g,|\n", "600 U3,|\n");
  EXPECT_EQ(mistakes("azure_vm_2017", folder),
            "v1.dev.txt:2:1: has more lines than the file of lives\n");
  write_azure(folder, "900 g,|\n600 g,|\n", "900 U3,|\n600 U3,|\n");
  EXPECT_EQ(mistakes("azure_vm_2017", folder),
            "v1.dev.txt:2:1: 600 s is out of order or past the edge\n");
  write_azure(folder, "8700 g,|\n", "8700 U3,|\n");
  EXPECT_EQ(mistakes("azure_vm_2017", folder),
            "v1.dev.c9000.txt:1:1: 'U3' ends after the edge of 9000 s\n");
}

TEST(AzureVm2017, TheDevelopmentPartHas259159MachinesIn53109Batches) {
  const char* folder = std::getenv("STRATA_TRACES");
  if (!folder || !*folder)
    GTEST_SKIP() << "cannot run here: STRATA_TRACES names no folder of traces";
  Issues issues;
  VmTrace trace = open("azure_vm_2017", folder, issues);
  ASSERT_EQ(printed(issues), "");
  EXPECT_EQ(trace.shapes.size(), 16U);
  std::uint64_t machines = 0, censored = 0;
  std::set<std::uint32_t> batches;
  for (VmRequest vm; trace.requests->next(vm); ++machines) {
    censored += vm.censored;
    batches.insert(vm.batch);
  }
  EXPECT_EQ(machines, 259'159U);
  EXPECT_EQ(censored, 14'317U);
  EXPECT_EQ(batches.size(), 53'109U);
}

const std::string kJobs =
    "; Version: 2.2\n"
    "1 100 10 50 4 -1 2048 4 -1 -1 1 1 1 -1 -1 -1 -1 -1\n"
    "2 105 0 30 -1 -1 -1 2 -1 1025 1 1 1 -1 -1 -1 -1 -1\n"
    "3 106 -1 -1 1 -1 -1 1 -1 -1 0 1 1 -1 -1 -1 -1 -1\n"
    "4 107 0 7 1 -1 -1 1 -1 -1 1 1 1 -1 -1 -1 -1 -1\n";

TEST(Swf, AJobBeginsAfterItsWaitAndHoldsItsProcessorsAndMemory) {
  const Folder folder;
  folder.write("x.swf", kJobs);
  Issues issues;
  VmTrace trace = open("swf", folder.path(), issues);
  ASSERT_EQ(printed(issues), "");
  const auto jobs = all(trace);
  ASSERT_EQ(jobs.size(), 3U);
  // Job 2 begins at 105, job 4 at 107, job 1 at 100 + 10.
  EXPECT_EQ(jobs[0].at, 0);
  EXPECT_EQ(jobs[0].life, 30);
  EXPECT_EQ(trace.shapes[jobs[0].shape], (Capacity{2, 3}));  // 2 x 1025 KB
  EXPECT_EQ(jobs[1].at, 2);
  EXPECT_EQ(trace.shapes[jobs[1].shape], (Capacity{1, 0}));
  EXPECT_EQ(jobs[2].at, 5);
  EXPECT_EQ(jobs[2].life, 50);
  EXPECT_EQ(trace.shapes[jobs[2].shape], (Capacity{4, 8}));  // 4 x 2048 KB used
  EXPECT_EQ(trace.notes, (std::vector<std::string>{
                             "1 of 4 jobs never ran and are left out",
                             "1 of 3 jobs state no memory: only their processors are packed"}));
}

TEST(Swf, ReadsGzipAndNamesWhatIsWrong) {
  const Folder folder;
  const std::string name = (folder.path() / "x.swf.gz").string();
  gzFile file = gzopen(name.c_str(), "wb");
  gzwrite(file, kJobs.data(), static_cast<unsigned>(kJobs.size()));
  gzclose(file);
  Issues issues;
  VmTrace trace = open("swf", folder.path(), issues);
  EXPECT_EQ(all(trace).size(), 3U) << printed(issues);

  std::filesystem::resize_file(name, std::filesystem::file_size(name) - 8);
  EXPECT_NE(mistakes("swf", folder).find("x.swf.gz: is not whole"), std::string::npos);
  std::filesystem::remove(name);
  folder.write("x.swf", kJobs + "5 1 2\n");
  EXPECT_EQ(mistakes("swf", folder), "x.swf:6:1: is no job: expected 18 numbers\n");
}

TEST(Google2019, RequestsAreRoundedUpAndMachinesAreTheCells) {
  const Folder folder;
  folder.write("2019_a_host_resource.csv",
               "cpus,ram,machine_count\n1.0,0.5,2\n0.70898,0.25,1\n");
  folder.write("2019_a_user_requests.csv",
               "time,user,collection_id,instance_index,cpus,ram,collection_type\n"
               "1,u,2,3,0.0081,0.0035,0\n1,u,2,4,0.5,0.25,0\n");
  Issues issues;
  VmTrace trace = open("google_2019", folder.path(), issues);
  ASSERT_EQ(printed(issues), "");
  EXPECT_EQ(trace.hosts, (std::vector<Capacity>{{1000, 500}, {1000, 500}, {709, 250}}));
  const auto requests = all(trace);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(trace.shapes[requests[0].shape], (Capacity{9, 4}));
  EXPECT_EQ(trace.shapes[requests[1].shape], (Capacity{500, 250}));
  EXPECT_FALSE(open("google_2019", folder.path(), issues, {1, "b"}).requests);
  EXPECT_NE(printed(issues).find("has no part 'b'"), std::string::npos);
}

std::map<std::string, Usage> usage_of(const std::string& id, const Folder& folder, Issues& issues) {
  std::map<std::string, Usage> out;
  plugins().usages.at(id).each(
      folder.path(), [&out](const Usage& usage) { out.emplace(usage.id, usage); }, issues);
  return out;
}

TEST(PlanetLab2011, AFolderOfMachinesAndAPackedDaySayTheSame) {
  const Folder folder;
  folder.write("20110303/a_machine", "24\n0\n100\n");
  folder.write("20110306.csv", "vm,t0,t1,t2\nanother,24,0,100\n");
  Issues issues;
  const auto usage = usage_of("planetlab_2011", folder, issues);
  ASSERT_EQ(printed(issues), "");
  ASSERT_EQ(usage.size(), 2U);
  for (const auto& [id, machine] : usage) {
    ASSERT_EQ(machine.samples.size(), 3U) << id;
    EXPECT_FLOAT_EQ(machine.samples[0].share, 0.24F);
    EXPECT_FLOAT_EQ(machine.samples[2].share, 1.0F);
    EXPECT_FLOAT_EQ(machine.samples[1].seconds, 300);
  }
  folder.write("20110303/b", "24\n101\n");
  usage_of("planetlab_2011", folder, issues);
  EXPECT_NE(printed(issues).find("b:2:1: '101' is no whole percent"), std::string::npos);
}

TEST(Bitbrains, AMachinesFileAndOpenDcsTablesAreRead) {
  const Folder folder;
  folder.write("1.csv",
               "Timestamp [ms];\tCPU cores;\tCPU capacity provisioned [MHZ];\tCPU usage [MHZ];\t"
               "Memory capacity provisioned [KB]\n"
               "1376314846;\t2;\t5200;\t52;\t2097152.0\n1376315446;\t2;\t5200;\t2600;\t2097152.0\n");
  folder.write("small/meta.csv",
               "id,start_time,stop_time,cpu_count,cpu_capacity,mem_capacity\n7,0,9,4,1000,1024\n");
  folder.write("small/trace.csv", "id,timestamp,duration,cpu_count,cpu_usage\n7,1,300000,4,250\n");
  Issues issues;
  const auto usage = usage_of("bitbrains", folder, issues);
  ASSERT_EQ(printed(issues), "");
  ASSERT_EQ(usage.size(), 2U);
  const Usage& one = usage.at("1");
  EXPECT_EQ(one.cores, 2U);
  EXPECT_EQ(one.mib, 2048U);
  ASSERT_EQ(one.samples.size(), 2U);
  EXPECT_FLOAT_EQ(one.samples[0].share, 0.01F);
  EXPECT_FLOAT_EQ(one.samples[1].share, 0.5F);
  EXPECT_FLOAT_EQ(one.samples[1].seconds, 600);
  const Usage& seven = usage.at("7");
  EXPECT_EQ(seven.mib, 1U);
  EXPECT_FLOAT_EQ(seven.samples.at(0).share, 0.25F);
  EXPECT_FLOAT_EQ(seven.samples[0].seconds, 300);
}

TEST(Usage, TheRecordedOnesHaveTheMachinesAndMeansTheirSourcesState) {
  const char* folder = std::getenv("STRATA_TRACES");
  if (!folder || !*folder)
    GTEST_SKIP() << "cannot run here: STRATA_TRACES names no folder of traces";
  const auto count_and_mean = [folder](const std::string& id, const std::string& part) {
    std::pair<int, double> out{0, 0};
    Issues issues;
    plugins().usages.at(id).each(
        std::filesystem::path(folder) / part,
        [&out](const Usage& usage) {
          double busy = 0, seconds = 0;
          for (const auto& s : usage.samples)
            busy += static_cast<double>(s.share) * static_cast<double>(s.seconds), seconds += static_cast<double>(s.seconds);
          ++out.first;
          out.second += busy / seconds;
        },
        issues);
    EXPECT_EQ(printed(issues), "");
    return std::pair{out.first, 100 * out.second / out.first};
  };
  const auto [planetlab, planetlab_mean] = count_and_mean("planetlab_2011", "planetlab_2011");
  EXPECT_EQ(planetlab, 1052 + 898 + 1061 + 1516 + 1078);
  // Means by day: 12.31, 11.44, 10.70, 9.26, 10.56 %.
  EXPECT_NEAR(planetlab_mean,
              (1052 * 12.31 + 898 * 11.44 + 1061 * 10.70 + 1516 * 9.26 + 1078 * 10.56) / 5605, 0.01);
  const auto [bitbrains, bitbrains_mean] = count_and_mean("bitbrains", "bitbrains_small");
  EXPECT_EQ(bitbrains, 51);  // fifty in the tables and one in a file of its own
  EXPECT_NEAR(bitbrains_mean, 8.6, 0.5);
}

}  // namespace
}  // namespace strata
