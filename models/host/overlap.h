#pragma once

#include <cstdint>

#include "models/host/footprint.h"

namespace strata {

/// What page merging (Linux's KSM) finds in one instance, bytes. A process or a container offers it
/// nothing: only what lies in a guest's memory is looked at, as when the monitor offers all of it
/// (QEMU does unless told not to; others have to be taught).
struct MergeCandidates {
  std::int64_t scanned = 0;  ///< looked at, whether or not it is equal to anything
  std::int64_t equal = 0;    ///< of that, the same in every instance of the stack
};

MergeCandidates merge_candidates(const StackFile& stack, const Draws& draws);

/// Seconds that one pass over the memory of so many instances takes: 100 pages, then 20 ms of
/// sleep, and so on, the defaults of pages_to_scan and sleep_millisecs (Linux,
/// Documentation/admin-guide/mm/ksm.rst). The time to look at the pages comes on top and is left
/// out. There is one scanner a host, so this grows with the number of instances.
double merge_pass_s(const MergeCandidates& of, std::int64_t instances);

/// Bytes freed `passes` passes after so many instances stood there, none merged: the first pass
/// only notes checksums, since a page has to stay the same from one to the next (ksm.rst); in the
/// second the first instance's pages become what the others' are found equal to, one after the
/// other. Equal pages lie evenly in an instance. Nothing is written meanwhile.
std::int64_t freed_by_merging(const MergeCandidates& of, std::int64_t instances, double passes);

/// After how many passes all that is equal is held once.
inline constexpr double kMergingPasses = 2;

/// Whether an instance caches files by itself, in memory that the host does not look into: it has a
/// guest, library or user-space kernel of its own.
bool caches_by_itself(const StackFile& stack);

/// How often what so many instances cache of their files is in memory, over what one of them
/// caches. All read the same files, or each its own. On one kernel a file is there once, whoever
/// reads it; so it is where guests map the host's cache (virtio-fs with DAX) and, once merging has
/// been over it, where they do not. A second copy, in the host beneath a guest whose image is not
/// opened for direct I/O, is not counted: the host takes it back first.
std::int64_t cached_copies(bool by_itself, std::int64_t instances, bool same_files);

}  // namespace strata
