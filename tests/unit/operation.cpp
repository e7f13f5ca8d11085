// Does the closed vocabulary name each thing once, the same way forth and back?

#include "models/study/operation.h"

#include <gtest/gtest.h>

#include <set>

namespace strata {
namespace {

TEST(Operation, EveryNameReadsBackAsWhatItNames) {
  ASSERT_EQ(op_names().size(), static_cast<std::size_t>(kOps));
  ASSERT_EQ(crossing_names().size(), static_cast<std::size_t>(kCrossings));
  ASSERT_EQ(account_names().size(), static_cast<std::size_t>(kAccounts));
  for (int i = 0; i < kOps; ++i) EXPECT_EQ(parse_op(name(static_cast<Op>(i))), static_cast<Op>(i));
  for (int i = 0; i < kCrossings; ++i)
    EXPECT_EQ(parse_crossing(name(static_cast<Crossing>(i))), static_cast<Crossing>(i));
  for (int i = 0; i < kAccounts; ++i)
    EXPECT_EQ(parse_account(name(static_cast<Account>(i))), static_cast<Account>(i));
  EXPECT_EQ(std::set<std::string>(op_names().begin(), op_names().end()).size(), op_names().size());
}

TEST(Operation, TheNamesAreTheEnumeratorsOwn) {
  EXPECT_EQ(name(Op::compute), "compute");
  EXPECT_EQ(name(Op::page_fault), "page_fault");
  EXPECT_EQ(name(Op::packet_receive), "packet_receive");
  EXPECT_EQ(name(Op::block_write), "block_write");
  EXPECT_EQ(name(Op::memory_fill), "memory_fill");
  EXPECT_EQ(name(Op::mmio), "mmio");
  EXPECT_EQ(name(Op::passthrough), "passthrough");
  EXPECT_EQ(name(Crossing::exit_user), "exit_user");
  EXPECT_EQ(name(Crossing::ptrace), "ptrace");
  EXPECT_EQ(name(Account::dom0), "dom0");
  EXPECT_EQ(name(Account::hypervisor), "hypervisor");
}

TEST(Operation, WhatIsNotInTheVocabularyIsNothing) {
  EXPECT_FALSE(parse_op("sycall"));
  EXPECT_FALSE(parse_crossing(""));
  EXPECT_FALSE(parse_account("Guest"));
}

TEST(Operation, EachCrossingHasAnOperationOfItsOwnAtTheMachine) {
  std::set<Op> seen;
  for (int i = 0; i < kCrossings; ++i) {
    const Op op = crossing_op(static_cast<Crossing>(i));
    EXPECT_TRUE(is_crossing(op));
    EXPECT_TRUE(seen.insert(op).second);
  }
  EXPECT_EQ(crossing_op(Crossing::function_call), Op::function_call);
  EXPECT_EQ(crossing_op(Crossing::ptrace), Op::ptrace_stop);
  EXPECT_EQ(crossing_op(Crossing::passthrough), Op::passthrough);
  EXPECT_FALSE(is_crossing(Op::syscall));
  EXPECT_FALSE(is_crossing(Op::mmio));
}

}  // namespace
}  // namespace strata
