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

/// The operations one unit of work (a request, a call, a run) asks of the layer beneath it.
struct WorkloadFile {
  std::string id;
  std::string title;
  std::string unit;                     ///< "request", "call" or "run"
  std::map<Op, Sourced<Ratio>> ops;     ///< how many of each; compute counts ns of work
  std::map<Op, Sourced<Bytes>> bytes;   ///< payload of each such operation
  std::optional<Sourced<Bytes>> image;  ///< of the program alone, as it is shipped
  Sourced<Ratio> batch;                 ///< operations served per crossing that can be shared
  /// Of the processor that the compute was taken on: on another it takes the clocks' ratio as long.
  /// Without it the work is taken as it is.
  std::optional<Sourced<Frequency>> clock;
  std::optional<Sourced<Ratio>> workers;  ///< units it works on at a time; nothing: one
  std::optional<Client> client;           ///< nothing: another unit always waits
  std::optional<ApplicationMemory> memory;
  Place place;
};

/// The workload of a file; its variants are looked over.
WorkloadFile read_workload(const Node& node, const std::string& id, Issues& issues);

/// The workload of a file, and one more for each of its variants, whose id is "FILE.VARIANT".
std::vector<WorkloadFile> read_workloads(const Node& node, const std::string& id, Issues& issues);

/// The workload of one single operation, alone and with no payload: what `explain` walks.
WorkloadFile single(Op op);

}  // namespace strata
