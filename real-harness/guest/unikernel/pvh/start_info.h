#pragma once

#include <cstdint>

// Xen's start info as a PVH guest is given it (xen/include/public/arch-x86/hvm/start_info.h, MIT).

namespace guest::pvh {

inline constexpr std::uint32_t kMagic = 0x336ec578;

struct StartInfo {
  std::uint32_t magic, version, flags, modules;
  std::uint64_t module_list, command_line, acpi_rsdp;
  std::uint64_t memory_map;  ///< from version 1 on
  std::uint32_t memory_map_entries, reserved;
};
static_assert(sizeof(StartInfo) == 56);

struct MemoryMapEntry {
  std::uint64_t address, size;
  std::uint32_t type, reserved;  ///< type 1: memory
};
static_assert(sizeof(MemoryMapEntry) == 24);

}  // namespace guest::pvh
