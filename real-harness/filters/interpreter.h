#pragma once

#include <cstdint>

/// One instruction: what it does (in the order of interpreter.cpp's table), its registers, a
/// displacement in bytes or instructions, a constant.
struct Step {
  std::uint8_t code;
  std::uint8_t to : 4, from : 4;
  std::int16_t offset;
  std::int32_t constant;
};
static_assert(sizeof(Step) == 8);

enum : std::uint8_t { kLoad, kEqual, kAtLeast, kJump, kPut, kDiffer, kDone };

/// Runs a program over what a filter is shown of a call; what it returns. Indirect jumps as they
/// are.
std::uint64_t interpreted(const Step* program, const void* call);
/// The same, each indirect jump a retpoline.
std::uint64_t interpreted_by_retpolines(const Step* program, const void* call);
