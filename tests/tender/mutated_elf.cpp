#include <gtest/gtest.h>

#include <cstring>
#include <span>
#include <stdexcept>

#include "real-harness/tender/elf.h"
#include "tests/tender/mutated.h"

namespace strata {
namespace {

bool is_zero(std::span<const std::byte> bytes) {
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

TEST(LoadElf, SurvivesTenThousandMutatedFiles) {
  const long count = mutations();
  const Bytes whole = unikernel();
  const auto fields = fields_of(whole);
  Bytes memory(kMemory);  // on the heap: the address sanitizer sees a byte beside it touched
  const std::span<std::byte> all = memory;
  long loaded = 0, refused = 0;
  for (long i = 0; i < count; ++i) {
    const Bytes file = mutated(whole, fields, static_cast<std::uint64_t>(i));
    try {
      const Image image = load_elf(file, all, kLowest, kHighest);
      ++loaded;
      ASSERT_GE(image.entry, kLowest) << "file " << i;
      ASSERT_LT(image.entry, image.end) << "file " << i;
      ASSERT_LE(image.end, kHighest) << "file " << i;
      ASSERT_TRUE(is_zero(all.subspan(image.end, kHighest - image.end))) << "file " << i;
    } catch (const std::runtime_error& error) {
      ++refused;
      ASSERT_EQ(std::string(error.what()).rfind("the image cannot be loaded: ", 0), 0u)
          << "file " << i << ": " << error.what();
    }
    ASSERT_TRUE(is_zero(all.first(kLowest))) << "file " << i;
    ASSERT_TRUE(is_zero(all.subspan(kHighest))) << "file " << i;
    std::memset(memory.data() + kLowest, 0, kHighest - kLowest);
  }
  RecordProperty("loaded", static_cast<int>(loaded));
  // The mutations reach both: what loads, and what does not.
  EXPECT_GT(loaded, count / 20);
  EXPECT_GT(refused, count / 20);
}

}  // namespace
}  // namespace strata
