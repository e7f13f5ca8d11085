#include "real-harness/tender/elf.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace strata {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw std::runtime_error("the image cannot be loaded: " + why);
}

/// Whether the range [begin, begin + size) lies in [0, limit), whatever the numbers are.
bool fits(std::uint64_t begin, std::uint64_t size, std::uint64_t limit) {
  return begin <= limit && size <= limit - begin;
}

/// A structure at an offset of the file, which need not be aligned for it.
template <class T>
T read(std::span<const std::byte> file, std::uint64_t offset, const std::string& what) {
  if (!fits(offset, sizeof(T), file.size())) refuse("the file ends before its " + what);
  T out;
  std::memcpy(&out, file.data() + offset, sizeof out);
  return out;
}

Elf64_Ehdr header_of(std::span<const std::byte> file) {
  const auto header = read<Elf64_Ehdr>(file, 0, "header");
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) refuse("it is no ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != EM_X86_64)
    refuse("it is not for 64-bit x86");
  if (header.e_type != ET_EXEC)
    refuse("it is no static executable at fixed addresses (e_type " +
           std::to_string(header.e_type) + ")");
  if (header.e_phentsize != sizeof(Elf64_Phdr))
    refuse("its program headers have " + std::to_string(header.e_phentsize) + " bytes each");
  return header;
}

}  // namespace

Image load_elf(std::span<const std::byte> file, std::span<std::byte> memory, std::uint64_t lowest,
               std::uint64_t highest) {
  highest = std::min<std::uint64_t>(highest, memory.size());
  const Elf64_Ehdr header = header_of(file);
  Image image{header.e_entry, lowest};
  bool starts = false;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const std::string name = "segment " + std::to_string(i);
    // fits() first, so that the sum below cannot wrap around.
    const std::uint64_t at = i * sizeof(Elf64_Phdr);
    if (!fits(header.e_phoff, at, file.size())) refuse("the file ends before its program headers");
    const auto segment = read<Elf64_Phdr>(file, header.e_phoff + at, "program header of " + name);
    if (segment.p_type == PT_INTERP || segment.p_type == PT_DYNAMIC)
      refuse("it is linked dynamically");
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
    if (segment.p_filesz > segment.p_memsz) refuse(name + " is larger in the file than in memory");
    if (!fits(segment.p_offset, segment.p_filesz, file.size()))
      refuse(name + " lies beyond the file's end");
    if (segment.p_vaddr < lowest || !fits(segment.p_vaddr, segment.p_memsz, highest))
      refuse(name + " lies outside of the guest's memory");
    if (segment.p_vaddr < image.end)
      refuse(name + " overlaps the one before it, or comes in the wrong order");
    std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(segment.p_offset), segment.p_filesz,
                memory.begin() + static_cast<std::ptrdiff_t>(segment.p_vaddr));
    image.end = segment.p_vaddr + segment.p_memsz;
    if ((segment.p_flags & PF_X) && image.entry >= segment.p_vaddr && image.entry < image.end)
      starts = true;
  }
  if (!starts) refuse("its entry is in no executable segment");
  return image;
}

}  // namespace strata
