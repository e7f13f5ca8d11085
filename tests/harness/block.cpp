#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/statfs.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <optional>

#include "real-harness/owned/disk.h"
#include "tests/harness/fixtures.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

class Blocks : public EachRunner {
 protected:
  void SetUp() override {
    EachRunner::SetUp();
    if (IsSkipped()) return;
    try {
      data_.emplace();
    } catch (const std::exception& error) {
      GTEST_SKIP() << error.what();
    }
  }
  void TearDown() override {
    data_.reset();
    EachRunner::TearDown();
  }

  std::optional<DataFile> data_;
};

TEST_P(Blocks, AreReadAtBothDepths) {
  const Outcome o =
      runner().run({.steps = {{"block", "{disk}", "1", "300"}, {"block", "{disk}", "32", "1000"}},
                    .deadline = std::chrono::seconds(30),
                    .offer = Offer::disk,
                    .disk = data_->path()});
  ASSERT_EQ(o.outcome, "ok") << o.errors;
  double first = 0, second = 0;
  ASSERT_EQ(std::sscanf(o.output.c_str(), "block ns=%lf count=300\nblock ns=%lf count=1000\n",
                        &first, &second),
            2)
      << o.output;
  // A read is two system calls and a copy by a device: more than 200 ns, and here less than 1 s.
  EXPECT_GT(first / 300, 200);
  EXPECT_GT(second / 1000, 200);
  EXPECT_LT(first / 300, 1e9);
}

INSTANTIATE_TEST_SUITE_P(Each, Blocks, runners_with_devices(), stack_of_index);

class Files : public Tidy {
 protected:
  Outcome read(const fs::path& file, const char* depth = "1", const char* count = "64") {
    return runner_of("bare_linux")
        ->run({.steps = {{"block", "{disk}", depth, count}}, .offer = Offer::disk, .disk = file});
  }
  fs::path file(const char* name, const std::string& text) {
    const fs::path path = temporary() / name;
    std::ofstream(path, std::ios::binary) << text;
    made_.push_back(path);
    return path;
  }
  void TearDown() override {
    for (const fs::path& path : made_) fs::remove(path);
    Tidy::TearDown();
  }

 private:
  std::vector<fs::path> made_;
};

TEST_F(Files, OfDataAreWholeAndNoBlockIsLikeAnother) {
  std::optional<DataFile> data;
  try {
    data.emplace();
  } catch (const std::exception& error) {
    GTEST_SKIP() << error.what();
  }
  EXPECT_EQ(fs::file_size(data->path()), kDiskSize);
  std::ifstream in(data->path(), std::ios::binary);
  std::vector<std::uint64_t> begins;
  std::array<std::uint64_t, 512> block;
  while (in.read(reinterpret_cast<char*>(block.data()), sizeof block)) {
    EXPECT_NE(block[0], 0u);
    begins.push_back(block[0]);
  }
  EXPECT_EQ(begins.size(), kDiskSize / 4096);
  std::sort(begins.begin(), begins.end());
  EXPECT_EQ(std::adjacent_find(begins.begin(), begins.end()), begins.end());
}

TEST_F(Files, ThatAreNoneAreRefusedInWords) {
  EXPECT_EQ(read(temporary()).outcome, "failed: exit status 2: probe: block: it is a folder");
  EXPECT_EQ(read(temporary() / "none").outcome,
            "failed: exit status 2: probe: block: cannot be opened past the cache, errno 2");
  EXPECT_EQ(read(file("small", "text")).outcome,
            "failed: exit status 2: probe: block: it is smaller than one block");
  EXPECT_EQ(read(file("whole", std::string(4096, 'x')), "33").outcome,
            "failed: exit status 2: probe: block: a depth is 1 to 32");
}

TEST_F(Files, AreReadOverTheirWholeSizeAndNotBeyond) {
  // Beyond the end a read would be short, and the step fail.
  EXPECT_EQ(read(file("two", std::string(8192, 'x'))).outcome, "ok");
  // 64 reads of two blocks meet the second one, but for one case in 2^64.
  EXPECT_EQ(read(file("hole", std::string(4096, 'x') + std::string(4096, '\0'))).outcome,
            "failed: exit status 2: probe: block: a block begins with zeros; it is not the data "
            "file, or has holes");
}

TEST_F(Files, InMemoryAreRefused) {
  struct statfs system {};
  if (statfs("/dev/shm", &system) != 0 || system.f_type != TMPFS_MAGIC ||
      access("/dev/shm", W_OK) != 0)
    GTEST_SKIP() << "/dev/shm is no tmpfs to write to";
  const std::string mine = temporary().string();
  setenv("TMPDIR", "/dev/shm", 1);
  try {
    const DataFile data;
    ADD_FAILURE() << "a file in memory was taken for a disk";
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find("is in memory (tmpfs)"), std::string::npos)
        << error.what();
  }
  setenv("TMPDIR", mine.c_str(), 1);
}

}  // namespace
}  // namespace strata
