#include "real-harness/tender/elf.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "tests/tender/unikernel_file.h"

namespace strata {
namespace {

template <class T>
void put(Bytes& file, std::size_t at, T value) {
  std::memcpy(file.data() + at, &value, sizeof value);
}

/// Loads it: "" or why not. Nothing outside of the guest's part of memory may change.
std::string load(const Bytes& file) {
  Bytes memory(kMemory, std::byte{0});
  std::string why;
  try {
    const Image image = load_elf(file, memory, kLowest, kHighest);
    EXPECT_GE(image.entry, kLowest);
    EXPECT_LT(image.entry, image.end);
    EXPECT_LE(image.end, kHighest);
  } catch (const std::runtime_error& error) {
    why = error.what();
    EXPECT_EQ(why.rfind("the image cannot be loaded: ", 0), 0u) << why;
  }
  const auto zero = [](std::byte b) { return b == std::byte{0}; };
  EXPECT_TRUE(std::all_of(memory.begin(), memory.begin() + kLowest, zero));
  EXPECT_TRUE(std::all_of(memory.begin() + kHighest, memory.end(), zero));
  return why;
}

/// What is wrong with the unikernel's file when these bytes of it are others.
template <class T>
std::string with(std::size_t at, T value) {
  Bytes file = unikernel();
  put(file, at, value);
  return load(file);
}

/// Offset of a field of the first program header, which stands behind the header.
constexpr std::size_t first(std::size_t field) { return sizeof(Elf64_Ehdr) + field; }

TEST(LoadElf, LoadsTheUnikernelAsItIs) { EXPECT_EQ(load(unikernel()), ""); }

TEST(LoadElf, SaysWhatIsWrong) {
  const std::string head = "the image cannot be loaded: ";
  EXPECT_EQ(load({}), head + "the file ends before its header");
  EXPECT_EQ(with(0, 'X'), head + "it is no ELF file");
  EXPECT_EQ(with(offsetof(Elf64_Ehdr, e_machine), Elf64_Half{EM_AARCH64}),
            head + "it is not for 64-bit x86");
  EXPECT_EQ(with(offsetof(Elf64_Ehdr, e_type), Elf64_Half{ET_DYN}),
            head + "it is no static executable at fixed addresses (e_type 3)");
  EXPECT_EQ(with(offsetof(Elf64_Ehdr, e_phentsize), Elf64_Half{32}),
            head + "its program headers have 32 bytes each");
  for (const Elf64_Off offset : {Elf64_Off{1} << 20, ~Elf64_Off{0}, ~Elf64_Off{0} - 55})
    EXPECT_NE(with(offsetof(Elf64_Ehdr, e_phoff), offset).find("the file ends before its program"),
              std::string::npos);
  EXPECT_EQ(with(offsetof(Elf64_Ehdr, e_entry), Elf64_Addr{0x1000}),
            head + "its entry is in no executable segment");
  EXPECT_EQ(with(first(offsetof(Elf64_Phdr, p_type)), Elf64_Word{PT_INTERP}),
            head + "it is linked dynamically");
  EXPECT_EQ(with(first(offsetof(Elf64_Phdr, p_offset)), ~Elf64_Off{0}),
            head + "segment 0 lies beyond the file's end");
  EXPECT_EQ(with(first(offsetof(Elf64_Phdr, p_filesz)), ~Elf64_Xword{0}),
            head + "segment 0 is larger in the file than in memory");
  for (const Elf64_Addr address :
       {Elf64_Addr{0}, Elf64_Addr{kLowest - 1}, Elf64_Addr{kHighest}, ~Elf64_Addr{0}})
    EXPECT_EQ(with(first(offsetof(Elf64_Phdr, p_vaddr)), address),
              head + "segment 0 lies outside of the guest's memory");
  EXPECT_EQ(with(first(offsetof(Elf64_Phdr, p_memsz)), ~Elf64_Xword{0}),
            head + "segment 0 lies outside of the guest's memory");
  EXPECT_NE(with(first(offsetof(Elf64_Phdr, p_vaddr)), Elf64_Addr{kLowest + abi::kMiB})
                .find("segment 1 overlaps"),
            std::string::npos);
}

TEST(LoadElf, RefusesEveryFileThatWasCutInItsHeaders) {
  const Bytes whole = unikernel();
  const std::size_t headers = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);
  for (std::size_t size = 0; size < headers; ++size)
    EXPECT_NE(load({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}), "") << size;
}

}  // namespace
}  // namespace strata
