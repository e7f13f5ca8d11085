// What do N overlapping kernels cost: is it what a scanner that goes page by page, and a ledger,
// find?

#include "models/host/overlap.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "models/layers/models.h"
#include "models/study/catalog.h"

namespace strata {
namespace {

constexpr std::int64_t kPage = 4096;

/// KSM, page by page: a page that is in the stable tree is merged at once; else it must have the
/// checksum it had a pass ago, and then goes into the unstable tree, or makes a stable page with
/// what it meets there. The unstable tree lives for a pass.
class Scanner {
 public:
  explicit Scanner(std::vector<int> pages) : pages_(std::move(pages)), seen_(pages_.size()) {}

  std::int64_t freed = 0;  ///< pages

  void look() {
    if (at_ == pages_.size()) at_ = 0, unstable_.clear();
    const std::size_t page = at_++;
    if (merged_.contains(page)) return;
    const int content = pages_[page];
    if (stable_.contains(content)) return merge(page);
    if (!seen_[page]) {
      seen_[page] = true;
      return;
    }
    const auto [other, fresh] = unstable_.emplace(content, page);
    if (fresh) return;
    stable_.insert(content);
    merged_.insert(other->second);
    merge(page);
  }

 private:
  void merge(std::size_t page) {
    merged_.insert(page);
    ++freed;
  }

  std::vector<int> pages_;  ///< their contents
  std::vector<bool> seen_;
  std::set<std::size_t> merged_;
  std::map<int, std::size_t> unstable_;
  std::set<int> stable_;
  std::size_t at_ = 0;
};

TEST(OverlapLaws, MergingFreesWhatAScannerThatGoesPageByPageFrees) {
  constexpr int kPages = 500, kEvery = 5;  // of an instance; every fifth is equal in all
  for (const int instances : {1, 2, 7, 20}) {
    std::vector<int> pages;
    int own = kPages;
    for (int i = 0; i < instances; ++i)
      for (int p = 0; p < kPages; ++p) pages.push_back(p % kEvery == 0 ? p : own++);
    Scanner scanner(std::move(pages));
    const MergeCandidates of{kPages * kPage, kPages / kEvery * kPage};
    const double pass = merge_pass_s(of, instances);
    EXPECT_DOUBLE_EQ(pass, instances * kPages / 100 * 0.020);
    // A hundred pages every 20 ms.
    for (int slept = 1; slept <= 4 * instances * kPages / 100; ++slept) {
      for (int i = 0; i < 100; ++i) scanner.look();
      EXPECT_NEAR(
          static_cast<double>(freed_by_merging(of, instances, slept * 0.020 / pass)) / kPage,
          static_cast<double>(scanner.freed), 1)
          << instances << " instances, " << slept;
    }
    EXPECT_EQ(freed_by_merging(of, instances, kMergingPasses), scanner.freed * kPage);
  }
}

TEST(OverlapLaws, WhatIsMergedInTheEndIsWhatTheLedgerMerges) {
  Catalog catalog;
  catalog.models = layer_models();
  read_home(".", catalog);
  const Draws draws{7, 3};
  for (const char* id : {"docker_bare", "kvm_qemu_linux", "lupine", "unikraft", "rump_userspace"}) {
    const StackFile& stack = catalog.stacks.at(id);
    Ledger ledger(1LL << 40);
    std::set<std::string> identities;
    for (const StackLayer& layer : stack.layers)
      for (const MemoryEntry& entry : layer.layer.memory)
        if (entry.kind == MemoryKind::mergeable) identities.insert(entry.identity);
    for (int n = 1; n <= 20; ++n) add_instance(ledger, n, stack, draws);
    std::int64_t freed = 0;
    for (const std::string& identity : identities) freed += ledger.merge(ledger.identity(identity));
    const MergeCandidates of = merge_candidates(stack, draws);
    const bool has_guests = accel_of(stack, "kvm") != "native";
    EXPECT_EQ(freed_by_merging(of, 20, kMergingPasses), has_guests ? freed : 0) << id;
    EXPECT_EQ(of.scanned > 0, has_guests) << id;
  }
}

TEST(OverlapLaws, CachedFilesAreThereAsOftenAsTheLedgerSays) {
  constexpr std::int64_t kFile = 64 << 20;
  const auto resident = [](MemoryKind kind, int instances, bool same, bool merge) {
    Ledger ledger(1LL << 40);
    for (int n = 1; n <= instances; ++n) {
      const auto file = ledger.identity(same ? "file" : "file " + std::to_string(n));
      ledger.add(n, kind, kFile, file);
      if (merge) ledger.merge(file);
    }
    return ledger.resident() / kFile;
  };
  for (const int n : {1, 2, 20, 200})
    for (const bool same : {true, false}) {
      EXPECT_EQ(cached_copies(false, n, same), resident(MemoryKind::shared, n, same, false));
      EXPECT_EQ(cached_copies(true, n, same), resident(MemoryKind::mergeable, n, same, false));
      // Once merging has been over it, guests are as one kernel.
      EXPECT_EQ(cached_copies(false, n, same), resident(MemoryKind::mergeable, n, same, true));
    }
}

TEST(OverlapLaws, WhoHasAKernelOfItsOwnCachesByItself) {
  Catalog catalog;
  catalog.models = layer_models();
  read_home(".", catalog);
  for (const char* id : {"bare_linux", "docker_bare", "crun"})
    EXPECT_FALSE(caches_by_itself(catalog.stacks.at(id))) << id;
  for (const char* id : {"docker_in_vm", "kvm_qemu_linux", "firecracker_linux", "uml", "gvisor_kvm",
                         "unikraft", "rump_userspace", "xen_pv_linux", "mirage_solo5_hvt"})
    EXPECT_TRUE(caches_by_itself(catalog.stacks.at(id))) << id;
}

}  // namespace
}  // namespace strata
