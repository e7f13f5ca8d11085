#include "models/calibrate/predict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>

#include "models/cli/draw_options.h"
#include "models/cli/predicted.h"

namespace strata {
namespace {

double bytes(const std::string& option, const std::string& text) {
  if (text.empty()) return 0;
  const auto n = parse_quantity(text);
  if (!n || (n->dimension != Dimension::bytes && n->dimension != Dimension::ratio) || n->value <= 0)
    throw WrongInput(fmt::format("{}: '{}' must be a size such as 4 KiB", option, text));
  return n->value;
}

/// Bytes a second; nothing: not said.
std::optional<double> speed(const std::string& option, const std::string& text) {
  if (text.empty()) return {};
  const auto n = parse_quantity(text);
  const bool zero = n && n->dimension == Dimension::ratio && n->value == 0;
  if (!n || !(zero || n->dimension == Dimension::bandwidth) || n->value < 0)
    throw WrongInput(fmt::format("{}: '{}' must be a speed such as 50 MB/s, or 0", option, text));
  return n->value;
}

const WorkloadFile* workload_for(Catalog& catalog, const PredictOptions& o,
                                 const std::string& metric) {
  if (!o.workload.empty()) return &workload_of(catalog, o.workload);
  if (metric == "http.requests") return &workload_of(catalog, "nginx_612");
  if (metric == "kv.requests") return &workload_of(catalog, "redis_get");
  return nullptr;
}

void print_text(const nlohmann::ordered_json& answer) {
  const auto text = [](const nlohmann::ordered_json& value) { return value.get<std::string>(); };
  const std::string unit = answer["unit"] == "1" ? "" : " " + text(answer["unit"]);
  std::cout << fmt::format("{} of {} on {}: {:.4g}{} [{:.4g} .. {:.4g}]\n", text(answer["metric"]),
                           text(answer["stack"]), text(answer["machine"]),
                           answer["value"].get<double>(), unit, answer["low"].get<double>(),
                           answer["high"].get<double>());
  std::cout << fmt::format("assumed numbers: {:.0f} % of it\n",
                           100 * answer["assumed_share"].get<double>());
  const auto why = answer["outside_because"].get<std::vector<std::string>>();
  std::cout << fmt::format(
      "validity envelope: {}\n",
      why.empty() ? "inside" : fmt::format("outside: {}", fmt::join(why, "; ")));
  std::cout << "\nit rests on\n";
  for (const auto& source : answer["sources"])
    std::cout << fmt::format("  {} ({}): {}\n", text(source["number"]), text(source["evidence"]),
                             text(source["from"]));
}

nlohmann::ordered_json as_json(const Question& q, const Prediction& p,
                               const std::vector<std::string>& why) {
  nlohmann::ordered_json out = {{"stack", q.stack->id}, {"machine", q.machine->id},
                                {"metric", q.metric},   {"value", p.value},
                                {"unit", p.unit},       {"low", p.low},
                                {"high", p.high}};
  out["sources"] = nlohmann::ordered_json::array();
  for (const Ground& g : p.rests)
    out["sources"].push_back({{"number", g.what},
                              {"evidence", name(g.source.evidence)},
                              {"from", g.source.words},
                              {"file", g.source.file},
                              {"line", g.source.line}});
  out["assumed_share"] = p.assumed_share;
  out["envelope"] = why.empty() ? "inside" : "outside";
  out["outside_because"] = why;
  return out;
}

}  // namespace

nlohmann::ordered_json predicted(const PredictOptions& o, Home& home) {
  Catalog& catalog = home.catalog();
  Question q;
  q.stack = &stack_of(catalog, o.stack);
  q.metric = canonical_metric(o.metric);
  std::vector<std::string> known;
  for (const PredictMetric& m : predict_metrics()) known.push_back(m.name);
  if (std::find(known.begin(), known.end(), q.metric) == known.end())
    throw WrongInput(
        fmt::format("'{}' is no metric{}", o.metric, suggest(o.metric, known, known.size())));
  MachineFile described;
  if (o.machine.find('=') != std::string::npos) {
    Issues issues;
    described = inline_machine(o.machine, catalog, issues);
    if (!issues.empty()) throw WrongInput(issues);
    q.machine = &described;
  } else {
    q.machine = &machine_of(catalog, o.machine);
  }
  if (o.parallel > 0 && o.burst > 0)
    throw WrongInput("--burst stands beside --parallel: starts are kept in flight or all at once");
  q.workload = workload_for(catalog, o, q.metric);
  q.client = client_of(q.workload, catalog);
  const bool start = q.metric.starts_with("boot.") || q.metric == "snapshot.restore";
  const bool spread = start || q.metric.ends_with(".latency");
  if (o.quantile && !(spread && q.metric != "request.latency"))
    throw WrongInput(fmt::format(
        "--quantile: {} is a mean; boot.* and the latencies of blocks have a distribution",
        q.metric));
  if (o.quantile || !start) q.quantile = o.quantile;
  q.running = o.running;
  q.parallel = std::max(1, o.parallel);
  q.burst = o.burst;
  q.memory = bytes("--memory", o.memory);
  q.dirty = speed("--dirty", o.dirty);
  q.size = bytes("--size", o.size);
  q.depth = o.depth;
  const Prediction p = predict({q}, drawn_with(o.sampling, catalog)).front();
  if (!p.lacks.empty()) throw WrongInput(p.lacks);
  return as_json(q, p, outside(q, catalog));
}

void add_predict(CLI::App& app, Home& home) {
  auto* command = app.add_subcommand(
      "predict", "one number of a stack: value, 90 % interval, sources, validity");
  const auto o = std::make_shared<PredictOptions>();
  const auto json = std::make_shared<bool>(false);
  command->add_option("STACK", o->stack, "id or file")->required();
  command->add_option("METRIC", o->metric, "such as boot.total; a wrong one lists them")
      ->required();
  command
      ->add_option("--machine", o->machine,
                   "id, or cores=4,ghz=3.7,memory=128GiB,year=2014,mitigations=off")
      ->capture_default_str();
  command->add_option("--workload", o->workload, "for requests, memory and starts: id or file");
  command->add_option("--running", o->running, "instances that are there")
      ->check(CLI::Range(0, 1000000));
  command->add_option("--parallel", o->parallel, "starts kept in flight")
      ->check(CLI::Range(1, 100000));
  command->add_option("--burst", o->burst, "starts at the same instant")
      ->check(CLI::Range(1, 100000));
  command->add_option("--quantile", o->quantile, "of boot.*, instead of the median")
      ->check(CLI::Range(0.001, 0.999));
  command->add_option("--memory", o->memory,
                      "density: what is filled, instead of the machine's; snapshot.save and "
                      "migrate.total: the guest's");
  command->add_option("--dirty", o->dirty, "migrate.total: memory the guest writes anew, 50 MB/s");
  command->add_option("--size", o->size, "bytes of one block (4 KiB) or packet (64 B)");
  command
      ->add_option("--depth", o->depth,
                   "requests kept in flight: of block.*, and of a workload with a client")
      ->check(CLI::Range(1, 65536));
  add_draw_options(*command, o->sampling);
  command->add_flag("--json", *json, "for programs");
  command->callback([o, json, &home] {
    const auto answer = predicted(*o, home);
    if (*json)
      std::cout << answer.dump(2) << "\n";
    else
      print_text(answer);
  });
}

}  // namespace strata
