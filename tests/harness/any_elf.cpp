#include <elf.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "real-harness/owned/child.h"
#include "real-harness/tender/abi.h"
#include "real-harness/tender/elf.h"
#include "tests/harness/fixtures.h"
#include "tests/harness/unikernel_file.h"

// Files that are almost the unikernel: 10,000 for the loader, some for a whole tender. Which they
// are depends on their number only, so a failure names a file that can be made again.

namespace strata {
namespace {

struct Field {
  std::size_t at, size;
};

/// Every field of the header and of the program headers.
std::vector<Field> fields_of(const Bytes& file) {
  Elf64_Ehdr header;
  std::memcpy(&header, file.data(), sizeof header);
#define FIELD(type, name) Field{offsetof(type, name), sizeof(type::name)}
  std::vector<Field> out = {
      FIELD(Elf64_Ehdr, e_type),    FIELD(Elf64_Ehdr, e_machine),   FIELD(Elf64_Ehdr, e_version),
      FIELD(Elf64_Ehdr, e_entry),   FIELD(Elf64_Ehdr, e_phoff),     FIELD(Elf64_Ehdr, e_shoff),
      FIELD(Elf64_Ehdr, e_flags),   FIELD(Elf64_Ehdr, e_ehsize),    FIELD(Elf64_Ehdr, e_phentsize),
      FIELD(Elf64_Ehdr, e_phnum),   FIELD(Elf64_Ehdr, e_shentsize), FIELD(Elf64_Ehdr, e_shnum),
      FIELD(Elf64_Ehdr, e_shstrndx)};
  const std::array in_segment = {FIELD(Elf64_Phdr, p_type),   FIELD(Elf64_Phdr, p_flags),
                                 FIELD(Elf64_Phdr, p_offset), FIELD(Elf64_Phdr, p_vaddr),
                                 FIELD(Elf64_Phdr, p_paddr),  FIELD(Elf64_Phdr, p_filesz),
                                 FIELD(Elf64_Phdr, p_memsz),  FIELD(Elf64_Phdr, p_align)};
#undef FIELD
  for (unsigned i = 0; i < header.e_phnum; ++i)
    for (Field field : in_segment) {
      field.at += header.e_phoff + i * sizeof(Elf64_Phdr);
      out.push_back(field);
    }
  return out;
}

/// The number-th of these files: up to four changes, each a field of the headers (set to a number
/// near an edge of its range or of what the loader compares it with, one bit of it turned over, or
/// any), or bytes anywhere in the file; a third of them are then cut or made longer.
Bytes mutated(const Bytes& whole, const std::vector<Field>& fields, std::uint64_t number) {
  std::mt19937_64 random(number);
  Bytes file = whole;
  for (auto changes = 1 + random() % 4; changes > 0; --changes) {
    if (random() % 4 == 0) {
      file[random() % file.size()] = static_cast<std::byte>(random());
      continue;
    }
    const Field field = fields[random() % fields.size()];
    std::uint64_t value = 0;
    std::memcpy(&value, file.data() + field.at, field.size);
    const std::array<std::uint64_t, 8> edges = {0,
                                                ~std::uint64_t{0},
                                                kLowest,
                                                kHighest,
                                                kMemory,
                                                file.size(),
                                                std::uint64_t{1} << 63,
                                                std::uint64_t{1} << random() % 64};
    switch (random() % 4) {
      case 0:
        value = random();
        break;
      case 1:
        value ^= std::uint64_t{1} << random() % 64;
        break;
      case 2:
        value += random() % 5 - 2;
        break;
      default:
        value = edges[random() % edges.size()] + random() % 5 - 2;
    }
    std::memcpy(file.data() + field.at, &value, field.size);
  }
  if (random() % 3 == 0) file.resize(random() % (2 * file.size()));
  return file;
}

bool is_zero(std::span<const std::byte> bytes) {
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

/// STRATA_MUTATIONS is how many, if it is to be another number.
TEST(LoadElf, SurvivesTenThousandMutatedFiles) {
  const char* asked = std::getenv("STRATA_MUTATIONS");
  const long count = asked ? std::atol(asked) : 10'000;
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

class AnyElf : public Tidy {
 protected:
  void SetUp() override {
    Tidy::SetUp();
    const auto runner = runner_of("strata_unikernel_kvm_lean");
    if (const auto reason = runner->cannot())
      GTEST_SKIP() << runner->stack() << " cannot run here: " << *reason;
  }
};

/// A whole tender refuses such a file, or runs it to whatever end: its guest may answer, break a
/// rule, run on or write without end, but the tender never dies of it. 2: refused, 1: it broke a
/// rule; other statuses are the guest's own, which its changed code may make anything.
TEST_F(AnyElf, NeverKillsItsTender) {
  const Bytes whole = unikernel();
  const auto fields = fields_of(whole);
  const std::string path = temporary() / "image";
  int refused = 0, broke = 0, ran = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Bytes file = mutated(whole, fields, i);
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(file.data()),
               static_cast<std::streamsize>(file.size()));
    Launch launch;
    launch.argv = {STRATA_TENDER, path, "hello"};
    const Ran got = run_program(launch, "", std::chrono::seconds(2));
    const bool alive = got.failure.empty() || got.failure.rfind("exit status ", 0) == 0 ||
                       got.failure == "ended: it took too long or wrote too much";
    ASSERT_TRUE(alive) << "file " << i << ": " << got.failure;
    ASSERT_NE(got.failure.rfind("exit status 3: strata-tender:", 0), 0u) << i << got.failure;
    if (got.failure.rfind("exit status 2: strata-tender:", 0) == 0)
      ++refused;
    else if (got.failure.rfind("exit status 1: strata-tender:", 0) == 0)
      ++broke;
    else
      ++ran;
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(broke, 0);
  EXPECT_GT(ran, 0);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace strata
