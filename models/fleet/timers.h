#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <deque>
#include <stdexcept>
#include <vector>

namespace strata {

/// Things due at integer times, handed out in order of time and, at the same time, of insertion.
///
/// Eight rings of 256 slots, one for each byte of the time: an entry lies in the ring of the
/// highest byte in which its time differs from now, and moves down when now reaches its slot. So it
/// moves as often as bytes differ, whatever the number pending, in order through memory, where a
/// heap touches a random line a level.
template <class T>
class Timers {
 public:
  using Time = std::int64_t;  ///< not negative

  struct Entry {
    Time at = 0;
    T what{};
  };

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// `at` may not be before what the last next() handed out or, when it handed out nothing, before
  /// its `until`.
  void push(Time at, const T& what) {
    if (at < until_) throw std::invalid_argument("a timer lies in the past");
    put({at, what});
    ++size_;
  }

  /// Takes out the earliest entry due at `until` or before; false when there is none.
  bool next(Time until, Entry& out) {
    while (size_ != 0) {
      const std::size_t level = lowest();
      const std::size_t digit = first_slot(level);
      const Time begin = start_of(level, digit);
      if (begin > until) break;
      now_ = begin;
      Slot& slot = slots_[level][digit];
      if (level == 0) {
        out = take(slot);
        until_ = out.at;
        if (!slot.head) mark(level, digit, false);
        --size_;
        return true;
      }
      move_down(slot, level, digit);
    }
    until_ = until;
    return false;
  }

 private:
  static constexpr std::size_t kLevels = 8;
  static constexpr std::size_t kSlots = 256;

  /// A piece of a slot's list; 1 KB for entries of 16 bytes.
  struct Chunk {
    static constexpr std::uint32_t kEntries = 63;
    std::array<Entry, kEntries> entries;
    std::uint32_t begin = 0, end = 0;
    Chunk* next = nullptr;
  };
  struct Slot {
    Chunk* head = nullptr;
    Chunk* tail = nullptr;
  };

  static std::size_t digit_of(Time at, std::size_t level) {
    return static_cast<std::size_t>(at >> (8 * level)) & (kSlots - 1);
  }

  /// The first time of a slot, seen from now.
  Time start_of(std::size_t level, std::size_t digit) const {
    const Time below = (Time{1} << (8 * level)) - 1;
    const Time cleared = now_ & ~(below | (Time{kSlots - 1} << (8 * level)));
    return cleared | (static_cast<Time>(digit) << (8 * level));
  }

  void put(const Entry& entry) {
    const auto differs = static_cast<std::uint64_t>(entry.at ^ now_);
    const std::size_t level =
        differs == 0 ? 0 : static_cast<std::size_t>(std::bit_width(differs) - 1) / 8;
    const std::size_t digit = digit_of(entry.at, level);
    Slot& slot = slots_[level][digit];
    if (!slot.head) {
      slot.head = slot.tail = chunk();
      mark(level, digit, true);
    } else if (slot.tail->end == Chunk::kEntries) {
      slot.tail->next = chunk();
      slot.tail = slot.tail->next;
    }
    slot.tail->entries[slot.tail->end++] = entry;
  }

  Entry take(Slot& slot) {
    Chunk* const head = slot.head;
    const Entry out = head->entries[head->begin++];
    if (head->begin == head->end) {
      slot.head = head->next;
      release(head);
    }
    return out;
  }

  /// Now is this slot's first time: its entries differ from now in lower bytes only.
  void move_down(Slot& slot, std::size_t level, std::size_t digit) {
    Chunk* list = slot.head;
    slot = {};
    mark(level, digit, false);
    while (list) {
      for (std::uint32_t i = list->begin; i < list->end; ++i) put(list->entries[i]);
      Chunk* const done = list;
      list = list->next;
      release(done);
    }
  }

  void mark(std::size_t level, std::size_t digit, bool used) {
    std::uint64_t& word = used_[level][digit / 64];
    const std::uint64_t bit = std::uint64_t{1} << (digit % 64);
    word = used ? word | bit : word & ~bit;
  }

  std::size_t lowest() const {
    std::size_t level = 0;
    while ((used_[level][0] | used_[level][1] | used_[level][2] | used_[level][3]) == 0) ++level;
    return level;
  }

  std::size_t first_slot(std::size_t level) const {
    std::size_t word = 0;
    while (used_[level][word] == 0) ++word;
    return word * 64 + static_cast<std::size_t>(std::countr_zero(used_[level][word]));
  }

  Chunk* chunk() {
    if (!free_) return &chunks_.emplace_back();
    Chunk* const out = free_;
    free_ = out->next;
    out->begin = out->end = 0;
    out->next = nullptr;
    return out;
  }

  void release(Chunk* chunk) {
    chunk->next = free_;
    free_ = chunk;
  }

  Time now_ = 0;    ///< the slots' reference; not after until_
  Time until_ = 0;  ///< of the last next()
  std::size_t size_ = 0;
  std::array<std::array<Slot, kSlots>, kLevels> slots_{};
  std::array<std::array<std::uint64_t, kSlots / 64>, kLevels> used_{};
  std::deque<Chunk> chunks_;  ///< never moves them
  Chunk* free_ = nullptr;
};

}  // namespace strata
