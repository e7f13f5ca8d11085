#include "real-harness/tender/memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <system_error>

#include "real-harness/tender/abi.h"

namespace strata {
namespace {

constexpr std::uint64_t kHugePage = 2 * abi::kMiB;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

GuestMemory::GuestMemory(std::uint64_t size, Profile profile) {
  void* at = mmap(nullptr, size + kHugePage, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) fail("the guest's memory");
  mapped_ = {static_cast<std::byte*>(at), size + kHugePage};
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  bytes_ = mapped_.subspan((kHugePage - address % kHugePage) % kHugePage, size);
  // Kernels without huge pages refuse the advice; the memory is then as it is.
  if (profile == Profile::lean) madvise(bytes_.data(), size, MADV_NOHUGEPAGE);
  if (profile == Profile::fast) {
    madvise(bytes_.data(), size, MADV_HUGEPAGE);
    if (madvise(bytes_.data(), size, MADV_POPULATE_WRITE) != 0 && errno != EINVAL) {
      munmap(mapped_.data(), mapped_.size());
      fail("the guest's memory cannot be had at once");
    }
  }
}

GuestMemory::~GuestMemory() { munmap(mapped_.data(), mapped_.size()); }

std::byte* GuestMemory::at(std::uint64_t address, std::uint64_t size) const {
  if (address < abi::kImageBase || address > bytes_.size() || size > bytes_.size() - address)
    return nullptr;
  return bytes_.data() + address;
}

}  // namespace strata
