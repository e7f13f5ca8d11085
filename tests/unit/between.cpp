// How far do laboratories differ, as textbook formulas and hand computation say?

#include "models/calibrate/between.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/written.h"

namespace strata {
namespace {

// Without errors of their own, groups with means of their own: the within-group sum of squares over
// its degrees of freedom. Here 2 (of 1, 3) and 8 (of 0, 2, 4) over 1 + 2.
TEST(Between, IsThePooledVarianceWithinGroups) {
  EXPECT_NEAR(between_groups({{{1, 0}, {3, 0}}, {{0, 0}, {2, 0}, {4, 0}}}), std::sqrt(10.0 / 3),
              1e-4);
}

// Equal errors are taken off: 10 / 3 - 0.5.
TEST(Between, LeavesOutWhatTheMeasurementsVaryByThemselves) {
  EXPECT_NEAR(between_groups({{{1, 0.5}, {3, 0.5}}, {{0, 0.5}, {2, 0.5}, {4, 0.5}}}),
              std::sqrt(10.0 / 3 - 0.5), 1e-4);
}

TEST(Between, IsNothingWhereMeasurementsExplainEverything) {
  EXPECT_LT(between_groups({{{1, 4}, {1.1, 4}}, {{2, 4}, {2.2, 4}}}), 1e-3);
}

/// Three papers on one quantity: 100 cycles, 50 ns at 2 GHz, 0.4 us at 1 GHz; and two on a size.
Published hand_made() {
  Published p;
  const auto add = [&](const std::string& id, double value, const std::string& unit) {
    PublishedRow row;
    row.id = id;
    row.paper = id.substr(0, id.rfind('-'));
    row.hardware = "machine of " + row.paper;
    row.value = value;
    row.unit = unit;
    row.role = "calibration";
    p.rows[id] = row;
  };
  add("a-1", 100.125, "cycles");
  add("b-1", 50.0625, "ns");
  add("c-1", 0.4005, "us");
  add("d-1", 1000, "B");
  add("e-1", 1100, "B");
  p.repeated = {{"call", "operation", {{"a-1", 0}, {"b-1", 2e9}, {"c-1", 1e9}}},
                {"image", "size", {{"d-1", 0}, {"e-1", 0}}}};
  return p;
}

TEST(Between, CountsTimesInCyclesOfTheirClock) {
  const Published p = hand_made();
  EXPECT_DOUBLE_EQ(comparable({"a-1", 0}, p.rows.at("a-1")), 100.125);
  EXPECT_DOUBLE_EQ(comparable({"b-1", 2e9}, p.rows.at("b-1")), 100.125);
  EXPECT_DOUBLE_EQ(comparable({"c-1", 1e9}, p.rows.at("c-1")), 400.5);
}

// A kind with one or two degrees of freedom is told by all kinds together.
TEST(Between, PoolsKindsThatAreTooFew) {
  const auto found = laboratories(hand_made());
  EXPECT_EQ(found.at("").freedom, 3);
  EXPECT_EQ(found.at("size").deviation, found.at("").deviation);
  EXPECT_TRUE(found.at("size").pooled);
  // ln 4 apart from two equals: squares 2/3 ln(4)^2; and ln(1.1)^2 / 2.
  const double squares = 2.0 / 3 * std::pow(std::log(4), 2) + std::pow(std::log(1.1), 2) / 2;
  EXPECT_NEAR(found.at("").deviation, std::sqrt(squares / 3), 1e-3);
  EXPECT_NEAR(found.at("").quantile(0.95), 2.3534 * found.at("").deviation, 1e-3);  // t of 3
}

TEST(Across, AMachineIsPredictedFromTheOthersAndItsClock) {
  const auto found = across_machines(hand_made());
  ASSERT_EQ(found.size(), 3U);  // two papers on a size are too few
  EXPECT_EQ(found[2].row, "c-1");
  EXPECT_EQ(found[2].machines, 2);
  EXPECT_EQ(found[2].unit, "us");
  EXPECT_NEAR(found[2].value, 0.100125, 1e-6);  // 100.125 cycles at 1 GHz
  // Without its own row the others agree, and the size alone says how far laboratories differ.
  EXPECT_LT(found[2].high, found[2].observed);
  EXPECT_NEAR(found[0].value, std::sqrt(100.125 * 400.5), 0.5);
}

// The project's own, and none of them a row that is predicted.
TEST(Across, TheProjectHoldsOutMachines) {
  const Published& p = project().published;
  EXPECT_GE(across_machines(p).size(), 7U);
  for (const Repeated& quantity : p.repeated)
    for (const Repeated::Row& row : quantity.rows)
      EXPECT_NE(p.rows.at(row.id).role, "validation") << row.id;
}

}  // namespace
}  // namespace strata
