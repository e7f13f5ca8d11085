#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "models/cli/fleet.h"
#include "models/cli/fleet_out.h"
#include "models/cli/text_table.h"
#include "models/fleet/image_cache.h"
#include "models/fleet/pulls.h"

namespace strata {
namespace {

constexpr double kBytesPerGbit = 1e9 / 8;

struct Options {
  ImageCatalog catalog = {.hosts = 200};
  std::vector<double> megabytes = {2, 10, 100, 500, 1000};
  double link = 10, registry = 100;  ///< Gbit/s
  double needed = 0.064;
  std::uint32_t at_once = 20;
  double restart = 30;  ///< s
  std::string out;
  bool json = false;
};

/// One way to bring an image to hosts.
struct Way {
  const char* name;
  ImageCache cache;
  bool lazy, peers;
};
constexpr Way kWays[] = {
    {"whole", ImageCache::none, false, false},
    {"layers", ImageCache::layers, false, false},
    {"chunks", ImageCache::chunks, false, false},
    {"lazy", ImageCache::none, true, false},
    {"peers", ImageCache::none, false, true},
    {"layers + peers", ImageCache::layers, false, true},
    {"chunks + lazy", ImageCache::chunks, true, false},
};

PullSpec spec_of(const Options& o, double megabytes, const Way& way) {
  PullSpec spec;
  spec.hosts = o.catalog.hosts;
  spec.bytes = std::llround(megabytes * 1e6);
  // Small images in pieces, too, or nothing of them could be shared or read first.
  spec.chunk = std::max<std::int64_t>(1, std::min(spec.chunk, spec.bytes / 100));
  spec.needed = way.lazy ? o.needed : 1;
  spec.peers = way.peers;
  spec.host_rate = o.link * kBytesPerGbit;
  spec.registry_rate = o.registry * kBytesPerGbit;
  spec.cached = cached_shares(o.catalog, way.cache);
  spec.seed = o.catalog.seed;
  return spec;
}

/// Seconds until so large a share of the hosts had started.
double after(PullOutcome out, double share) {
  auto& at = out.started;
  std::sort(at.begin(), at.end());
  const auto i = static_cast<std::size_t>(std::ceil(share * static_cast<double>(at.size())));
  return static_cast<double>(at[std::max<std::size_t>(1, i) - 1]) * 1e-9;
}

nlohmann::ordered_json row_of(const Options& o, double megabytes, const Way& way,
                              const PullOutcome& out) {
  return {{"megabytes", megabytes},
          {"way", way.name},
          {"hosts", o.catalog.hosts},
          {"started_p50_s", after(out, 0.5)},
          {"started_p99_s", after(out, 0.99)},
          {"started_all_s", after(out, 1)},
          {"last_byte_s", static_cast<double>(out.last_byte) * 1e-9},
          {"registry_bytes", out.registry_bytes},
          {"peer_bytes", out.peer_bytes},
          {"most_down", out.most_down}};
}

/// No stack is under a pull: what tells rows apart is the image and the way, as the workload.
void add_records(const Options& o, const char* scenario, double megabytes, const Way& way,
                 const PullOutcome& out, std::vector<Record>& records) {
  const auto add = [&](const char* metric, const char* statistic, const char* unit, double value) {
    Record r;
    r.scenario = scenario;
    r.workload = fmt::format("{} MB/{}", megabytes, way.name);
    r.seed = o.catalog.seed;
    r.instances = static_cast<int>(o.catalog.hosts);
    r.metric = metric;
    r.statistic = statistic;
    r.value = value;
    r.unit = unit;
    records.push_back(std::move(r));
  };
  add("pull.started", "median", "s", after(out, 0.5));
  add("pull.started", "p99", "s", after(out, 0.99));
  add("pull.started", "max", "s", after(out, 1));
  add("pull.last_byte", "max", "s", static_cast<double>(out.last_byte) * 1e-9);
  add("pull.registry", "value", "B", static_cast<double>(out.registry_bytes));
  add("pull.peers", "value", "B", static_cast<double>(out.peer_bytes));
  add("pull.down", "max", "1", out.most_down);
}

void say_inputs(const Options& o) {
  std::cout << fmt::format(
      "\nlinks of {} Gbit/s, a registry of {} Gbit/s (assumed: say yours); transfers only, "
      "unpacking "
      "and disks\nare not in it. Each host has fetched {} of {} images on {} bases; a base is "
      "{:.0f} % "
      "of an image (assumed),\n{:.3g} % of it is no other's (cited: Brooker et al., ATC 2023: "
      "three "
      "quarters of images are below 5 %).\nLazy: {:.3g} % is read before it serves (cited: Harter "
      "et "
      "al., Slacker, FAST 2016: 6.4 %).\n",
      o.link, o.registry, o.catalog.fetched, o.catalog.images, o.catalog.bases,
      100 * o.catalog.base_share, 100 * o.catalog.unique, 100 * o.needed);
}

void image_storm(const Options& o, Home& home) {
  std::vector<Record> records;
  nlohmann::ordered_json rows;
  std::vector<std::string> header = {"image MB"};
  for (const Way& way : kWays) header.emplace_back(way.name);
  TextTable seconds(header), gigabytes(header);
  for (const double mb : o.megabytes) {
    std::vector<std::string> line = {fmt::format("{}", mb)}, sent = line;
    for (const Way& way : kWays) {
      const PullOutcome out = pull(spec_of(o, mb, way));
      add_records(o, "image-storm", mb, way, out, records);
      rows.push_back(row_of(o, mb, way, out));
      line.push_back(compact(after(out, 1), 3));
      sent.push_back(compact(static_cast<double>(out.registry_bytes) * 1e-9, 3));
    }
    seconds.row(line);
    gigabytes.row(sent);
  }
  write_fleet(o.out, records, "strata fleet image-storm", home);
  if (o.json) {
    std::cout << rows.dump(2) << "\n";
    return;
  }
  std::cout << fmt::format(
      "{} hosts start the same new image at once\n\nseconds until all have "
      "started\n{}\nGB that the registry sends\n{}",
      o.catalog.hosts, seconds.print(), gigabytes.print());
  say_inputs(o);
}

void patch_spread(const Options& o, Home& home) {
  std::vector<Record> records;
  nlohmann::ordered_json rows;
  TextTable table({"update", "GB sent", "50 % s", "99 % s", "all s", "most down"});
  table.left(1);
  for (const double mb : o.megabytes)
    for (const Way& way : kWays) {
      if (way.lazy) continue;
      PullSpec spec = spec_of(o, mb, way);
      spec.at_once = o.at_once;
      spec.restart = std::llround(o.restart * 1e9);
      const PullOutcome out = pull(spec);
      add_records(o, "patch-spread", mb, way, out, records);
      rows.push_back(row_of(o, mb, way, out));
      table.row({fmt::format("{} MB, {}", mb, way.name),
                 compact(static_cast<double>(out.registry_bytes + out.peer_bytes) * 1e-9, 3),
                 compact(after(out, 0.5), 4), compact(after(out, 0.99), 4),
                 compact(after(out, 1), 4), fmt::format("{}", out.most_down)});
    }
  write_fleet(o.out, records, "strata fleet patch-spread", home);
  if (o.json) {
    std::cout << rows.dump(2) << "\n";
    return;
  }
  std::cout << fmt::format(
      "a patched image reaches {} hosts, {} at a time, each away for {} s to restart "
      "(assumed)\n\n{}",
      o.catalog.hosts, o.at_once, o.restart, table.print());
  say_inputs(o);
}

void add_common(CLI::App& command, Options& o) {
  command.add_option("--hosts", o.catalog.hosts)
      ->check(CLI::Range(1, 20'000))
      ->capture_default_str();
  command.add_option("--megabytes", o.megabytes, "sizes of the image")
      ->check(CLI::Range(0.001, 100'000.0))
      ->capture_default_str();
  command.add_option("--link", o.link, "of a host, Gbit/s")
      ->check(CLI::Range(0.001, 10'000.0))
      ->capture_default_str();
  command.add_option("--registry", o.registry, "of the registry, Gbit/s")
      ->check(CLI::Range(0.001, 1'000'000.0))
      ->capture_default_str();
  command.add_option("--images", o.catalog.images, "that the fleet runs")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command.add_option("--bases", o.catalog.bases, "that images are built on")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command.add_option("--fetched", o.catalog.fetched, "images that each host has fetched so far")
      ->check(CLI::Range(0, 10'000))
      ->capture_default_str();
  command.add_option("--base-share", o.catalog.base_share, "of an image's bytes")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--unique", o.catalog.unique, "share of an image's bytes that no other has")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--seed", o.catalog.seed)->capture_default_str();
  command.add_option("--out", o.out, "folder for rows, manifest and figures");
  command.add_flag("--json", o.json, "for programs");
}

void check(const Options& o) {
  if (o.catalog.bases > o.catalog.images)
    throw WrongInput(fmt::format("--bases: {} images cannot be built on {} bases", o.catalog.images,
                                 o.catalog.bases));
  require_writable_if_named(o.out);
}

}  // namespace

void add_fleet_pulls(CLI::App& fleet, Home& home) {
  auto* storm = fleet.add_subcommand(
      "image-storm", "many hosts start one image at once: how it reaches them, and how soon");
  auto s = std::make_shared<Options>();
  add_common(*storm, *s);
  storm->add_option("--needed", s->needed, "share read before an instance serves (lazy)")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  storm->callback([s, &home] {
    check(*s);
    image_storm(*s, home);
  });
  auto* patch = fleet.add_subcommand(
      "patch-spread", "a rolling update: how soon so many hosts run a patched image");
  auto p = std::make_shared<Options>();
  p->megabytes = {2, 100, 1000};
  add_common(*patch, *p);
  patch->add_option("--at-once", p->at_once, "hosts updated at a time")
      ->check(CLI::Range(1, 20'000))
      ->capture_default_str();
  patch->add_option("--restart", p->restart, "seconds that a host is away to restart")
      ->check(CLI::Range(0.0, 86'400.0))
      ->capture_default_str();
  patch->callback([p, &home] {
    check(*p);
    patch_spread(*p, home);
  });
}

}  // namespace strata
