#include "models/host/footprint.h"

#include <gtest/gtest.h>

#include "models/layers/models.h"
#include "models/study/catalog.h"

namespace strata {
namespace {

// Every stack's closed form against a ledger into which instances are put one by one.
TEST(Footprint, EqualsALedgerFilledOneByOneToTheByte) {
  Catalog catalog;
  catalog.models = layer_models();
  read_home(".", catalog);
  ASSERT_FALSE(catalog.stacks.empty());
  const MachineFile& machine = catalog.machines.at("m5d_metal");
  for (const auto& [id, stack] : catalog.stacks) {
    const Draws draws{7, 3};
    const Footprint f = footprint(stack, machine, draws);
    Ledger ledger(1LL << 40);
    add_host(ledger, 0, stack, draws);
    EXPECT_EQ(resident(f, 0), ledger.resident()) << id;
    for (int n = 1; n <= 20; ++n) {
      add_instance(ledger, n, stack, draws);
      ASSERT_EQ(resident(f, n), ledger.resident()) << id << " with " << n;
    }
    ledger.check();
  }
}

TEST(Footprint, FillsTheMachineAndNotOneInstanceMore) {
  const Footprint f{100, 10, 150, 10, 0, 0};
  EXPECT_EQ(density(f, 149), 0);
  EXPECT_EQ(density(f, 150), 1);
  EXPECT_EQ(density(f, 169), 2);
  EXPECT_EQ(density(f, 170), 3);
  EXPECT_LE(resident(f, density(f, 12345)), 12345);
  EXPECT_GT(resident(f, density(f, 12345) + 1), 12345);
}

}  // namespace
}  // namespace strata
