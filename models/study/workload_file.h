#pragma once

#include <map>
#include <optional>
#include <string>

#include "models/study/layer_file.h"

namespace strata {

/// The operations one unit of work (a request, a call, a run) asks of the layer beneath it.
struct WorkloadFile {
  std::string id;
  std::string title;
  std::string unit;                     ///< "request", "call" or "run"
  std::map<Op, Sourced<Ratio>> ops;     ///< how many of each; compute counts ns of work
  std::map<Op, Sourced<Bytes>> bytes;   ///< payload of each such operation
  std::optional<Sourced<Bytes>> image;  ///< of the program alone, as it is shipped
  Sourced<Ratio> batch;                 ///< operations served per crossing that can be shared
  std::optional<int> connections;       ///< that ask in turn; nothing: always one more
  bool peer_on_host = false;            ///< who asks is a process of the instance's host
  Place place;
};

WorkloadFile read_workload(const Node& node, const std::string& id, Issues& issues);

/// The workload of one single operation, alone and with no payload: what `explain` walks.
WorkloadFile single(Op op);

}  // namespace strata
