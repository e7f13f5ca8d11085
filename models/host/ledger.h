#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "models/study/memory_kind.h"

namespace strata {

/// The memory of one host, to the byte: who holds what, what is resident, what would still fit.
///
/// A holder is an instance's number, chosen by the caller. Holders of one identity may hold
/// different amounts of it (a prefix each, as far as they touched): it is resident once, to the
/// largest. Amounts are never negative: taking more than is there throws std::invalid_argument and
/// changes nothing. Being over capacity is not an error here: ask fits() first, or model a kill.
class Ledger {
 public:
  using Holder = std::int64_t;
  /// What makes two pages the same, e.g. "kernel-5.10". From identity(); 0 is no identity.
  using Identity = std::uint32_t;

  explicit Ledger(std::int64_t capacity);

  /// The number that stands for `name` in this ledger.
  Identity identity(std::string_view name);

  /// `identity` is asked for by shared and mergeable, and refused by the others.
  void add(Holder holder, MemoryKind kind, std::int64_t bytes, Identity identity = 0);
  void remove(Holder holder, MemoryKind kind, std::int64_t bytes, Identity identity = 0);
  /// Returns every byte the holder has.
  void remove(Holder holder);

  /// Page merging has scanned `identity`: what its holders have is resident once from now on.
  /// What they add later waits for the next scan. Returns the bytes this freed. (A write to a
  /// merged page is a remove() of it and an add() of private_ memory.)
  std::int64_t merge(Identity identity);

  /// Takes back up to `bytes` of reclaimable memory, from low holder numbers first. Returns how
  /// much there was.
  std::int64_t reclaim(std::int64_t bytes);

  std::int64_t capacity() const { return capacity_; }
  std::int64_t resident() const;  ///< all kinds but configured
  std::int64_t configured() const { return of(MemoryKind::configured); }
  std::int64_t of(MemoryKind kind) const { return totals_[static_cast<std::size_t>(kind)]; }
  std::int64_t held(Holder holder, MemoryKind kind) const;  ///< its own count, sharing ignored
  /// Whether so many more resident bytes fit, taking nothing back.
  bool fits(std::int64_t bytes) const { return bytes <= capacity_ - resident(); }

  /// Adds everything up again from the entries and compares with the running totals; throws
  /// std::logic_error naming the kind that is off. Costs a pass over all entries.
  void check() const;

 private:
  /// One holder's memory of one kind and identity.
  struct Entry {
    std::int64_t bytes = 0;
    std::int64_t merged = 0;  ///< of `bytes`, those page merging has found (mergeable only)
  };
  using Key = std::pair<MemoryKind, Identity>;
  using Entries = std::map<Key, Entry>;
  /// Amounts that are resident once, to the largest, with how many holders have each.
  using Sizes = std::map<std::int64_t, std::int64_t>;

  void change(Holder holder, Key key, Entry after);
  void resize(Key key, std::int64_t before, std::int64_t after);
  std::int64_t& total(MemoryKind kind) { return totals_[static_cast<std::size_t>(kind)]; }
  void require_key(Key key, std::int64_t bytes) const;
  Entry entry(Holder holder, Key key) const;

  std::int64_t capacity_;
  std::array<std::int64_t, kMemoryKinds> totals_{};  ///< resident (or configured) bytes by kind
  std::map<Holder, Entries> holders_;
  std::map<Key, Sizes> once_;                 ///< the shared and the merged
  std::map<Key, std::set<Holder>> takeable_;  ///< who has what merge() or reclaim() would take
  std::map<std::string, Identity, std::less<>> identities_;
};

}  // namespace strata
