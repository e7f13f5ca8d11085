#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace strata {

/// A priority queue of small integers by key, smallest key first, from which any member can be
/// taken out. Four children a node: half the depth of a binary heap, and siblings share a line.
///
/// `where` tells each member's place. It is the owner's, so that several heaps can share one as
/// long as no member is in two of them at a time; it grows to the largest member seen.
template <class Key>
class Heap {
 public:
  explicit Heap(std::vector<std::uint32_t>& where) : where_(&where) {}

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  const Key& top_key() const { return entries_.front().key; }
  std::uint32_t top() const { return entries_.front().member; }

  /// `member` must not be in this heap.
  void push(std::uint32_t member, const Key& key) {
    if (member >= where_->size()) where_->resize(member + 1);
    entries_.push_back({key, member});
    rise(entries_.size() - 1, {key, member});
  }

  /// `member` must be in this heap.
  void erase(std::uint32_t member) {
    const std::size_t hole = (*where_)[member];
    const Entry last = entries_.back();
    entries_.pop_back();
    if (hole == entries_.size()) return;
    if (hole > 0 && last.key < entries_[(hole - 1) / 4].key) {
      rise(hole, last);
    } else {
      sink(hole, last);
    }
  }

 private:
  struct Entry {
    Key key;
    std::uint32_t member;
  };

  void place(std::size_t at, const Entry& entry) {
    entries_[at] = entry;
    (*where_)[entry.member] = static_cast<std::uint32_t>(at);
  }

  void rise(std::size_t hole, Entry entry) {
    while (hole > 0) {
      const std::size_t parent = (hole - 1) / 4;
      if (!(entry.key < entries_[parent].key)) break;
      place(hole, entries_[parent]);
      hole = parent;
    }
    place(hole, entry);
  }

  void sink(std::size_t hole, Entry entry) {
    for (;;) {
      const std::size_t first = 4 * hole + 1;
      const std::size_t end = first + 4 < entries_.size() ? first + 4 : entries_.size();
      std::size_t least = hole;
      for (std::size_t child = first; child < end; ++child) {
        if (entries_[child].key < (least == hole ? entry.key : entries_[least].key)) least = child;
      }
      if (least == hole) break;
      place(hole, entries_[least]);
      hole = least;
    }
    place(hole, entry);
  }

  std::vector<std::uint32_t>* where_;
  std::vector<Entry> entries_;
};

}  // namespace strata
