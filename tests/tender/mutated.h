#pragma once

#include <elf.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "tests/tender/unikernel_file.h"

// Files that are almost the unikernel. Which they are depends on their number only, so a failure
// names a file that can be made again.

namespace strata {

/// How many there are of each kind: STRATA_MUTATIONS, if it is to be another number than 10,000.
inline long mutations() {
  const char* asked = std::getenv("STRATA_MUTATIONS");
  return asked ? std::atol(asked) : 10'000;
}

struct Field {
  std::size_t at, size;
};

/// Every field of the header and of the program headers.
inline std::vector<Field> fields_of(const Bytes& file) {
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
inline Bytes mutated(const Bytes& whole, const std::vector<Field>& fields, std::uint64_t number) {
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

}  // namespace strata
