#include <map>

#include "models/calibrate/predict.h"

namespace strata {

const std::vector<PredictMetric>& predict_metrics() {
  static const std::vector<PredictMetric> kMetrics = {
      {"boot.total", "ms", "from the exec of the launcher to the application's first mark", ""},
      {"boot.vmm", "ms", "from there to the first guest instruction", ""},
      {"boot.guest", "ms", "from the first guest instruction to the first mark", ""},
      {"boot.in_vmm", "ms", "from the phase a stack names in [clocks.in_vmm]", ""},
      {"memory.total", "MiB", "resident on the host with --running instances", ""},
      {"memory.marginal", "MiB", "what one more instance adds", ""},
      {"memory.pss", "MiB",
       "one instance's part with --running of them, what they share divided, with the kernel's "
       "memory for it",
       ""},
      {"memory.host_fixed", "MiB", "resident once a host, whatever runs", ""},
      {"memory.marginal_merged", "MiB",
       "what one more instance adds where equal pages of guests are merged", ""},
      {"memory.merging", "1", "share of what one more instance adds that merging saves", ""},
      {"memory.minimum", "MiB",
       "the least that holds an instance: its guest's memory, or its control group's", ""},
      {"density", "1", "instances that fill --memory, or the machine's", ""},
      {"syscall.null", "ns", "one null system call as the application sees it", ""},
      {"hypercall.null", "ns", "into the hypervisor and back, its own work left out", ""},
      {"exit.user", "ns", "a VM exit to the user-space VMM and back, its own work left out", ""},
      {"context_switch", "ns", "from one thread of the instance to another", ""},
      {"page_fault", "ns", "first touch of one 4 KiB page", ""},
      {"net.packets", "/s", "packets of --size bytes one worker sends, each on its own", ""},
      {"net.throughput", "Gbit/s", "of bulk streams out of the instance to its host", ""},
      {"net.throughput.in", "Gbit/s", "of bulk streams from its host into the instance", ""},
      {"net.throughput.wire", "Gbit/s", "of bulk streams out to another machine, over the NIC", ""},
      {"net.throughput.in.wire", "Gbit/s", "of bulk streams from another machine, over the NIC",
       ""},
      {"net.rtt", "us", "of a lone ping, one a second, from the host to the instance", ""},
      {"http.requests", "/s", "of one worker that always finds another waiting", ""},
      {"kv.requests", "/s", "of one worker that always finds another waiting", ""},
      {"request.rate", "/s",
       "units of --workload of one worker; of one with a client, with --depth of them in flight",
       ""},
      {"request.latency", "ns",
       "software time of one unit of --workload; of one with a client, what passes for that", ""},
      {"request.bandwidth", "MiB/s", "what the client of --workload receives", ""},
      {"request.cpu", "ns", "CPU time of one unit of --workload, whoever pays", ""},
      {"block.latency", "us", "one read of --size bytes, alone", ""},
      {"block.iops", "/s", "reads of --size bytes, one after the other", ""},
      {"block.bandwidth", "MiB/s", "reads of --size bytes, one after the other", ""},
      {"block_write.latency", "us", "one write of --size bytes, alone", ""},
      {"block_write.iops", "/s", "writes of --size bytes, one after the other", ""},
      {"block_write.bandwidth", "MiB/s", "writes of --size bytes, one after the other", ""},
      {"compute.slowdown", "1", "time of the application's own work against a plain machine", ""},
      {"image.bytes", "B", "of what is shipped: the program of --workload and what goes with it",
       ""},
      {"snapshot.save", "ms",
       "stopping an instance and writing all its guest's memory into the host's page cache", ""},
      {"snapshot.restore", "ms",
       "from the exec of the launcher to the application's first answer, of a stack that starts "
       "from a snapshot",
       ""},
      {"migrate.total", "ms",
       "pre-copy to another such host over the machine's network, from the first byte until the "
       "guest has all its memory there",
       ""}};
  return kMetrics;
}

std::string canonical_metric(const std::string& metric) {
  static const std::map<std::string, std::string> kRecords = {{"syscall.latency", "syscall.null"},
                                                              {"page_fault.latency", "page_fault"},
                                                              {"memory.fixed", "memory.host_fixed"},
                                                              {"memory.host", "memory.total"},
                                                              {"density.instances", "density"}};
  const auto it = kRecords.find(metric);
  return it == kRecords.end() ? metric : it->second;
}

std::string unit_of_prediction(const std::string& metric) {
  for (const PredictMetric& m : predict_metrics())
    if (m.name == canonical_metric(metric)) return m.unit;
  return "";
}

}  // namespace strata
