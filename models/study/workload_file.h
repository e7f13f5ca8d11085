#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/study/layer_file.h"

namespace strata {

struct WorkloadFile;

/// Who asks for the units of a workload: a load generator on a machine of the same kind.
struct Client {
  std::string stack;                         ///< what it runs on
  std::shared_ptr<const WorkloadFile> asks;  ///< what one unit costs it; always there
  Sourced<Ratio> round_trips;                ///< over the network for one unit, one after the other
  std::optional<Sourced<Bytes>> receives;    ///< of one unit, as it counts them
};

/// What an application holds, as its kernel counts it.
struct ApplicationMemory {
  Sourced<Bytes> anonymous;
  Sourced<Bytes> mapped;  ///< pages of its files
};

/// A program's accesses past the core's own cache.
struct PastTheCore {
  double accesses = 0;
  double missed = 0;             ///< not found in the whole last-level cache either, and
  double missed_in_half = 0;     ///< in half of it
  std::vector<std::int64_t> by;  ///< by instructions since the line's last use: below 2^14, below
                                 ///< 2^15, ..., the last: more, or never used before
};

/// One run of one program, alone on a machine, with what the kernel does for it; counted.
struct Program {
  std::string name;
  double instructions = 0;
  PastTheCore single, streamed;  ///< lines on their own; lines that follow one just fetched
  /// Translations not found in the processor's buffer, and fetches of the second translation that
  /// its own buffer does not save, over pages of 2 MiB and more and over pages of 4 KiB.
  double walks_over_large = 0, walks_over_small = 0;
  double fetches_over_large = 0, fetches_over_small = 0;
};

/// What other cores of the machine do meanwhile: go through memory of their own, line by line.
struct Neighbours {
  Sourced<Ratio> cores;
  Sourced<Bytes> memory;   ///< of all of them
  Sourced<Duration> line;  ///< from one line to the next, of one core
};

/// The operations one unit of work (a request, a call, a run) asks of the layer beneath it.
struct WorkloadFile {
  std::string id;
  std::string title;
  std::string unit;                     ///< "request", "call" or "run"
  std::map<Op, Sourced<Ratio>> ops;     ///< how many of each; compute counts ns of work
  std::map<Op, Sourced<Bytes>> bytes;   ///< payload of each such operation
  std::optional<Sourced<Bytes>> image;  ///< of the program alone, as it is shipped
  /// Operations that one call into the kernel carries (recvmmsg, sendmmsg).
  Sourced<Ratio> per_call;
  Sourced<Ratio> batch;  ///< operations served per crossing that can be shared
  /// Of its system calls in Linux's table for x86-64, mean: how far a filter that compares one
  /// number after the other has to go.
  Sourced<Ratio> call_number;
  std::optional<int> connections;  ///< that ask in turn; nothing: always one more
  bool peer_on_host = false;       ///< who asks is a process of the instance's host
  /// It runs on a core that takes no interrupts: its kernel takes packets in on another, if it has
  /// one.
  bool interrupts_elsewhere = false;
  /// Of the processor that the compute was taken on: on another it takes the clocks' ratio as long.
  /// Without it the work is taken as it is.
  std::optional<Sourced<Frequency>> clock;
  std::optional<Sourced<Ratio>> workers;  ///< units it works on at a time; nothing: one
  std::optional<Client> client;           ///< nothing: another unit always waits
  std::optional<ApplicationMemory> memory;
  std::vector<Program> programs;         ///< instead of operations
  std::optional<Sourced<Ratio>> counts;  ///< what their counts past the core are multiplied by
  std::optional<Neighbours> neighbours;
  Place place;
};

/// The workload of a file; its variants are looked over.
WorkloadFile read_workload(const Node& node, const std::string& id, Issues& issues);

/// The workload of a file, and one more for each of its variants, whose id is "FILE.VARIANT".
std::vector<WorkloadFile> read_workloads(const Node& node, const std::string& id, Issues& issues);

/// The workload of one single operation, alone and with no payload: what `explain` walks.
WorkloadFile single(Op op);

}  // namespace strata
