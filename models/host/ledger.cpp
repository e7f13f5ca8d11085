#include "models/host/ledger.h"

#include <algorithm>
#include <stdexcept>

#include "models/host/require.h"

namespace strata {

Ledger::Ledger(std::int64_t capacity) : capacity_(capacity) {
  require(capacity >= 0, "a host's memory must be 0 bytes or more");
}

Ledger::Identity Ledger::identity(std::string_view name) {
  if (const auto at = identities_.find(name); at != identities_.end()) return at->second;
  const auto number = static_cast<Identity>(identities_.size() + 1);
  identities_.emplace(name, number);
  return number;
}

void Ledger::add(Holder holder, MemoryKind kind, std::int64_t bytes, Identity identity) {
  const Key key{kind, identity};
  require_key(key, bytes);
  Entry after = entry(holder, key);
  after.bytes += bytes;
  change(holder, key, after);
}

void Ledger::remove(Holder holder, MemoryKind kind, std::int64_t bytes, Identity identity) {
  const Key key{kind, identity};
  require_key(key, bytes);
  Entry after = entry(holder, key);
  require(bytes <= after.bytes, "a holder cannot give back more memory than it has");
  after.bytes -= bytes;
  after.merged = std::min(after.merged, after.bytes);  // what merging has not found goes first
  change(holder, key, after);
}

void Ledger::remove(Holder holder) {
  const auto at = holders_.find(holder);
  if (at == holders_.end()) return;
  const Entries entries = at->second;
  for (const auto& [key, entry] : entries) change(holder, key, {});
}

std::int64_t Ledger::merge(Identity identity) {
  const Key key{MemoryKind::mergeable, identity};
  require_key(key, 0);
  const std::int64_t before = of(MemoryKind::mergeable);
  const auto at = takeable_.find(key);
  if (at == takeable_.end()) return 0;
  const std::set<Holder> found = at->second;
  for (const Holder holder : found) {
    const std::int64_t bytes = entry(holder, key).bytes;
    change(holder, key, {bytes, bytes});
  }
  return before - of(MemoryKind::mergeable);
}

std::int64_t Ledger::reclaim(std::int64_t bytes) {
  const Key key{MemoryKind::reclaimable, 0};
  require_key(key, bytes);
  std::int64_t taken = 0;
  for (auto at = takeable_.find(key); at != takeable_.end() && taken < bytes;
       at = takeable_.find(key)) {
    const Holder holder = *at->second.begin();
    const std::int64_t has = entry(holder, key).bytes;
    const std::int64_t part = std::min(has, bytes - taken);
    taken += part;
    change(holder, key, {has - part, 0});
  }
  return taken;
}

std::int64_t Ledger::resident() const {
  std::int64_t sum = 0;
  for (const std::int64_t bytes : totals_) sum += bytes;
  return sum - configured();
}

std::int64_t Ledger::held(Holder holder, MemoryKind kind) const {
  std::int64_t sum = 0;
  const auto at = holders_.find(holder);
  if (at == holders_.end()) return 0;
  for (const auto& [key, entry] : at->second) {
    if (key.first == kind) sum += entry.bytes;
  }
  return sum;
}

void Ledger::check() const {
  std::array<std::int64_t, kMemoryKinds> totals{};
  std::map<Key, std::int64_t> largest;
  for (const auto& [holder, entries] : holders_) {
    for (const auto& [key, entry] : entries) {
      const bool once = key.first == MemoryKind::shared;
      const std::int64_t shared = once ? entry.bytes : entry.merged;
      totals[static_cast<std::size_t>(key.first)] += entry.bytes - shared;
      largest[key] = std::max(largest[key], shared);
    }
  }
  for (const auto& [key, bytes] : largest) totals[static_cast<std::size_t>(key.first)] += bytes;
  for (std::size_t kind = 0; kind < kMemoryKinds; ++kind) {
    if (totals[kind] == totals_[kind]) continue;
    throw std::logic_error("the ledger has " + std::to_string(totals_[kind]) + " bytes of " +
                           std::string(name(static_cast<MemoryKind>(kind))) +
                           " memory, its entries " + std::to_string(totals[kind]));
  }
}

void Ledger::require_key(Key key, std::int64_t bytes) const {
  const auto [kind, identity] = key;
  const bool identified = kind == MemoryKind::shared || kind == MemoryKind::mergeable;
  require(bytes >= 0, "an amount of memory must be 0 bytes or more");
  require(identity <= identities_.size(), "the identity is not one of this ledger's");
  require(identified == (identity != 0),
          "shared and mergeable memory needs an identity, other memory has none");
}

Ledger::Entry Ledger::entry(Holder holder, Key key) const {
  const auto entries = holders_.find(holder);
  if (entries == holders_.end()) return {};
  const auto at = entries->second.find(key);
  return at == entries->second.end() ? Entry{} : at->second;
}

/// Puts `after` in place of what the holder has of the key, and moves every total accordingly.
void Ledger::change(Holder holder, Key key, Entry after) {
  const Entry before = entry(holder, key);
  const MemoryKind kind = key.first;
  if (kind == MemoryKind::shared) {
    resize(key, before.bytes, after.bytes);
  } else {
    total(kind) += (after.bytes - after.merged) - (before.bytes - before.merged);
    resize(key, before.merged, after.merged);
  }
  if (after.bytes > 0) {
    holders_[holder][key] = after;
  } else if (const auto at = holders_.find(holder); at != holders_.end()) {
    at->second.erase(key);
    if (at->second.empty()) holders_.erase(at);
  }
  if (kind != MemoryKind::mergeable && kind != MemoryKind::reclaimable) return;
  if (after.bytes > after.merged) {
    takeable_[key].insert(holder);
  } else if (const auto at = takeable_.find(key); at != takeable_.end()) {
    at->second.erase(holder);
    if (at->second.empty()) takeable_.erase(at);
  }
}

/// One holder's part of what is resident once changes; what counts is the largest part.
void Ledger::resize(Key key, std::int64_t before, std::int64_t after) {
  if (before == after) return;
  const auto at = once_.try_emplace(key).first;
  Sizes& sizes = at->second;
  const auto largest = [&sizes] { return sizes.empty() ? 0 : sizes.rbegin()->first; };
  const std::int64_t was = largest();
  if (before > 0 && --sizes[before] == 0) sizes.erase(before);
  if (after > 0) ++sizes[after];
  total(key.first) += largest() - was;
  if (sizes.empty()) once_.erase(at);
}

}  // namespace strata
