#include "models/calibrate/grounds.h"

#include <cctype>
#include <set>

#include "models/calibrate/predict_way.h"
#include "models/study/numbers.h"

namespace strata {
namespace {

/// Keeps each number once, by where it is stated; structure has no words and is left out.
class Collector {
 public:
  std::vector<Ground> found;

  template <class T>
  void add(const std::string& what, const Sourced<T>& n) {
    if (n.id.empty() && n.source.file.empty()) return;
    if (seen_.insert(n.id + "|" + n.source.words).second) found.push_back({what, n.source});
  }

 private:
  std::set<std::string> seen_;
};

}  // namespace

std::vector<Ground> grounds_of_model(const StackModel& model) {
  Collector out;
  for (std::size_t i = 0; i < model.nodes().size(); ++i) {
    const Row& row = *model.nodes()[i].row;
    const std::string what = model.label(i);
    if (row.latency) out.add(what + ".latency", *row.latency);
    if (row.latency_per_byte) out.add(what + ".latency_per_byte", *row.latency_per_byte);
    if (row.filter_steps) {
      out.add(what + ".filter_steps", *row.filter_steps);
      out.add("machine.filter_step", model.machine().filter_step);
    }
    if (row.filter_steps_per_number) {
      out.add(what + ".filter_steps_per_number", *row.filter_steps_per_number);
      out.add("workload.call_number", model.workload().call_number);
    }
    for (const auto& [account, n] : row.cpu) out.add(what + ".cpu", n);
    for (const auto& [account, n] : row.cpu_per_byte) out.add(what + ".cpu_per_byte", n);
    for (const Cause& cause : row.causes) out.add(what + ".causes", cause.count);
  }
  for (const auto& [op, n] : model.workload().ops)
    out.add("workload.ops." + std::string(name(op)), n);
  for (const auto& [op, n] : model.workload().bytes)
    out.add("workload.bytes." + std::string(name(op)), n);
  out.add("workload.per_call", model.workload().per_call);
  out.add("workload.batch", model.workload().batch);
  if (model.workload().clock) {
    out.add("workload.clock", *model.workload().clock);
    out.add("machine.clock", model.machine().clock);
  }
  for (const StackLayer& layer : model.stack().layers)
    for (const Housekeeping& work : layer.layer.housekeeping) {
      out.add(layer.name + ".housekeeping." + work.name + ".rate", work.rate);
      out.add(layer.name + ".housekeeping." + work.name + ".cpu", work.cpu);
    }
  return out.found;
}

std::vector<Ground> grounds_of_boot(const StackFile& stack, const MachineFile& machine,
                                    bool in_company) {
  Collector out;
  bool disk = false, network = false;
  for (const NamedNumber& n : numbers(stack))
    if (n.what.rfind("boot.", 0) == 0) {
      out.add(n.layer + "." + n.what, n.number);
      disk |= n.what.ends_with(".disk");
      network |= n.what.ends_with(".network");
    }
  out.add("machine.memory_bandwidth", machine.memory_bandwidth);
  for (const auto& [device, used] : {std::pair("disk", disk), std::pair("nic", network)}) {
    if (!used) continue;
    out.add(std::string("machine.devices.") + device + ".rate", machine.devices.at(device).rate);
    out.add(std::string("machine.devices.") + device + ".latency",
            machine.devices.at(device).latency);
  }
  if (!in_company) return out.found;
  for (const NamedNumber& n : numbers(machine))
    if (n.what.rfind("launcher.", 0) == 0 ||
        (n.what.rfind("contention.", 0) == 0 && runs_guests(stack)))
      out.add("machine." + n.what, n.number);
  return out.found;
}

std::vector<Ground> grounds_of_programs(const StackFile& stack, const MachineFile& machine,
                                        const WorkloadFile& workload) {
  Collector out;
  out.add("workload.counts", *workload.counts);
  if (const auto& n = workload.neighbours) {
    out.add("workload.neighbours.cores", n->cores);
    out.add("workload.neighbours.memory", n->memory);
    out.add("workload.neighbours.line", n->line);
  }
  for (const NamedNumber& n : numbers(stack))
    if (n.what.starts_with("translation.") || n.what.starts_with("housekeeping."))
      out.add(n.layer + "." + n.what, n.number);
  for (const NamedNumber& n : numbers(machine))
    if (n.what == "clock" || n.what.starts_with("memory_path."))
      out.add("machine." + n.what, n.number);
  return out.found;
}

std::vector<Ground> grounds_of_memory(const StackFile& stack) {
  Collector out;
  for (const NamedNumber& n : numbers(stack))
    if (n.what.rfind("memory.", 0) == 0) out.add(n.layer + "." + n.what, n.number);
  return out.found;
}

std::vector<std::string> rows_named(const Source& source, const Published& published) {
  std::vector<std::string> found;
  std::string word;
  for (const char c : source.words + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_') {
      word += c;
      continue;
    }
    if (published.rows.contains(word)) found.push_back(word);
    word.clear();
  }
  return found;
}

bool one_experiment(const PublishedRow& a, const PublishedRow& b) {
  if (a.paper != b.paper) return false;
  return a.table == b.table || (a.metric == b.metric && a.hardware == b.hardware &&
                                (a.stack.starts_with(b.stack) || b.stack.starts_with(a.stack)));
}

}  // namespace strata
