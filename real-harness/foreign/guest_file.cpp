#include "real-harness/foreign/guest_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gelf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "real-harness/owned/child.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

// Xen, xen/include/public/elfnote.h; Solo5, include/elf_abi.h.
constexpr GElf_Word kPhys32Entry = 18, kSolo5Abi = 0x31494241;
constexpr std::array kSolo5Targets = {"hvt", "spt", "virtio", "muen", "genode", "xen"};

/// The Multiboot Specification 0.6.96, 3.1: within the first 8192 bytes, four bytes aligned, the
/// magic number, flags, and what makes their sum 0. Multiboot2, 3.1: 32768, eight, 0xe85250d6.
constexpr std::uint32_t kMultiboot = 0x1badb002, kMultiboot2 = 0xe85250d6, kOwnAddresses = 1 << 16;
constexpr std::size_t kMultibootEnd = 8192, kHead = 32768;

/// What an ELF file says of itself.
struct ElfWords {
  bool is_x86 = false, is_64_bit = false;
  bool pvh = false;
  std::optional<std::uint32_t> solo5;  ///< the target in its ABI note
};

void take_notes(Elf_Data& data, ElfWords& found) {
  GElf_Nhdr note;
  std::size_t name = 0, content = 0;
  for (std::size_t at = 0; (at = gelf_getnote(&data, at, &note, &name, &content)) > 0;) {
    const char* const bytes = static_cast<const char*>(data.d_buf);
    const std::string_view owner(bytes + name, note.n_namesz);
    if (owner == std::string_view("Xen", 4) && note.n_type == kPhys32Entry) found.pvh = true;
    if (owner == std::string_view("Solo5", 6) && note.n_type == kSolo5Abi && note.n_descsz >= 4) {
      std::uint32_t target = 0;
      std::memcpy(&target, bytes + content, sizeof target);
      found.solo5 = target;
    }
  }
}

/// Nothing: it is no ELF file, or one whose headers are not there.
std::optional<ElfWords> read_elf(int file) {
  elf_version(EV_CURRENT);
  const std::unique_ptr<Elf, int (*)(Elf*)> elf(elf_begin(file, ELF_C_READ, nullptr), elf_end);
  GElf_Ehdr header;
  std::size_t count = 0;
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF || !gelf_getehdr(elf.get(), &header) ||
      elf_getphdrnum(elf.get(), &count) != 0)
    return std::nullopt;
  ElfWords found;
  found.is_x86 = header.e_machine == EM_386 || header.e_machine == EM_X86_64;
  found.is_64_bit = header.e_machine == EM_X86_64;
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr segment;
    if (!gelf_getphdr(elf.get(), static_cast<int>(i), &segment)) return std::nullopt;
    if (segment.p_type != PT_NOTE) continue;
    Elf_Data* const notes =
        elf_getdata_rawchunk(elf.get(), static_cast<std::int64_t>(segment.p_offset),
                             segment.p_filesz, segment.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
    if (notes) take_notes(*notes, found);
  }
  return found;
}

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
  std::uint32_t word = 0;
  if (at + sizeof word <= bytes.size()) std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

/// The flags in its multiboot header, if it has one.
std::optional<std::uint32_t> multiboot_flags(std::string_view head) {
  for (std::size_t at = 0; at + 12 <= std::min(head.size(), kMultibootEnd); at += 4)
    if (word_at(head, at) == kMultiboot &&
        kMultiboot + word_at(head, at + 4) + word_at(head, at + 8) == 0)
      return word_at(head, at + 4);
  return std::nullopt;
}

bool is_multiboot2(std::string_view head) {
  for (std::size_t at = 0; at + 16 <= head.size(); at += 8)
    if (word_at(head, at) == kMultiboot2) return true;
  return false;
}

/// What a file that cannot be entered is.
std::string description(std::string_view head, const std::optional<ElfWords>& elf, bool multiboot) {
  if (head.empty()) return "is empty";
  if (word_at(head, 0x202) == 0x53726448)  // "HdrS": Linux, Documentation/arch/x86/boot.rst
    return "is a Linux kernel as a boot loader takes it (bzImage), which has no notes; the vmlinux "
           "that is compressed in it is a PVH ELF file where the kernel was built with CONFIG_PVH "
           "(scripts/extract-vmlinux of Linux's source takes it out)";
  if (head.substr(0, 2) == "\x1f\x8b") return "is compressed by gzip";
  if (is_multiboot2(head))
    return "is a multiboot2 image, which QEMU and Xen do not start without a boot loader";
  if (!elf)
    return head.substr(0, 4) ==
                   "\x7f"
                   "ELF"
               ? "begins as an ELF file whose headers are broken"
               : "is no ELF file, and has no multiboot header";
  if (!elf->is_x86) return "is an ELF file for another processor than x86";
  if (elf->solo5) {
    const std::uint32_t target = *elf->solo5;
    return fmt::format(
        "is a Solo5 unikernel for the target {}",
        target >= 1 && target <= kSolo5Targets.size() ? kSolo5Targets[target - 1] : "unknown");
  }
  if (multiboot)
    return "is a 64-bit ELF file with a multiboot header that leaves the addresses to ELF, which "
           "QEMU takes of 32-bit ELF files only";
  return "is an ELF file for x86 without any of the notes by which a machine is entered, as the "
         "programs of an operating system are";
}

}  // namespace

std::string GuestFile::kinds() const {
  std::vector<std::string> all;
  if (pvh) all.push_back("PVH");
  if (multiboot) all.push_back("multiboot");
  if (solo5_hvt) all.push_back("Solo5 hvt");
  return fmt::format("{}", fmt::join(all, ", "));
}

std::optional<GuestFile> read_guest_file(const fs::path& path, Issues& issues) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string head(kHead, '\0');
  const ssize_t n = file.get() < 0 ? -1 : pread(file.get(), head.data(), head.size(), 0);
  if (n < 0) {
    issues.push_back({{path.string()}, "", std::string("cannot be read: ") + strerror(errno)});
    return std::nullopt;
  }
  head.resize(static_cast<std::size_t>(n));
  const auto elf = read_elf(file.get());
  const auto multiboot = multiboot_flags(head);
  GuestFile found;
  found.path = fs::absolute(path);
  if (elf && elf->is_x86) {
    found.pvh = elf->pvh;
    found.solo5_hvt = elf->solo5 == 1u;
  }
  found.multiboot =
      multiboot && ((elf && elf->is_x86 && !elf->is_64_bit) || *multiboot & kOwnAddresses);
  if (!found.pvh && !found.multiboot && !found.solo5_hvt) {
    issues.push_back({{path.string()},
                      "",
                      description(head, elf, multiboot.has_value()) +
                          "; known: PVH (an ELF file with Xen's note PHYS32_ENTRY), multiboot, and "
                          "Solo5 for hvt (its note ABI1)"});
    return std::nullopt;
  }
  found.size = fs::file_size(path);
  return found;
}

}  // namespace strata
