// Are the cores shared as the theory of two-level weighted max-min fairness says, and all used?

#include "models/host/cores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/laws/draw.h"
#include "tests/laws/in_child.h"

namespace strata {
namespace {

using Numbers = std::vector<double>;

void expect_near(const Numbers& seen, const Numbers& expected, double within) {
  ASSERT_EQ(seen.size(), expected.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_NEAR(seen[i], expected[i], within) << "number " << i;
  }
}

/// Submits `threads` threads of `work_ns` each; `ended` is set to when the last of them ended.
void submit(Timeline& timeline, Cores& cores, EntityId entity, int threads, double work_ns,
            double& ended) {
  for (int i = 0; i < threads; ++i) {
    cores.submit(entity, work_ns, [&] { ended = static_cast<double>(timeline.now()); });
  }
}

// 4 cores. A: 1 vCPU, 3 threads (cap 1); B: 4 vCPUs, 2 threads (cap 2); C: 2 vCPUs, 5 threads
// (cap 2). Caps add up to 5 > 4. An equal part is 4/3, so A is capped at 1, B and C share 3:
// A 1, B 1.5, C 1.5 cores; a thread of A runs at 1/3, of B at 3/4, of C at 3/10.
// Work: A 1000, B 1500, C 1500 ns a thread. B ends at 1500 / 0.75 = 2000 ns; by then a thread of A
// has 666.67 and of C 600. Now caps 1 + 2 fit into 4: A's run at 1/3 on, C's at 2/5. A ends at
// 2000 + 333.33 * 3 = 3000, C at 2000 + 900 / 0.4 = 4250.
// Steal is cap - rate: A none, B and C (2 - 1.5) * 2000 = 1000 each.
TEST(CoresLaws, TwoLevelsShareAsSolvedByHand) {
  const Numbers seen = in_child([] {
    Timeline timeline;
    Cores cores(timeline, 4);
    const EntityId a = cores.add_entity(1), b = cores.add_entity(4), c = cores.add_entity(2);
    double a_end = 0, b_end = 0, c_end = 0;
    submit(timeline, cores, a, 3, 1000, a_end);
    submit(timeline, cores, b, 2, 1500, b_end);
    submit(timeline, cores, c, 5, 1500, c_end);
    Numbers out{cores.rate(a), cores.rate(b), cores.rate(c)};
    timeline.at(1000, [&] {
      for (const EntityId e : {a, b, c}) out.push_back(cores.consumed_ns(e));
      out.push_back(cores.busy_core_ns());
    });
    timeline.run();
    out.insert(out.end(), {a_end, b_end, c_end});
    for (const EntityId e : {a, b, c}) out.push_back(cores.consumed_ns(e));
    for (const EntityId e : {a, b, c}) out.push_back(cores.steal_ns(e));
    return out;
  });
  expect_near(
      seen,
      {1, 1.5, 1.5, 1000, 1500, 1500, 4000, 3000, 2000, 4250, 3000, 3000, 7500, 0, 1000, 1000},
      1e-6);
}

// 6 cores; X weight 3, 4 threads on 4 vCPUs; Y weight 1, the same; Z weight 2, 1 thread. Per unit
// of weight 6 / 6 = 1 core: Z would get 2 but is capped at 1. The other 5 go 3 : 1.
TEST(CoresLaws, WeightsDivideWhatCapsLeave) {
  const Numbers rates = in_child([] {
    Timeline timeline;
    Cores cores(timeline, 6);
    const EntityId x = cores.add_entity(4, 3), y = cores.add_entity(4, 1),
                   z = cores.add_entity(1, 2);
    double ended = 0;
    submit(timeline, cores, x, 4, 1000, ended);
    submit(timeline, cores, y, 4, 1000, ended);
    submit(timeline, cores, z, 1, 1000, ended);
    return Numbers{cores.rate(x), cores.rate(y), cores.rate(z)};
  });
  expect_near(rates, {3.75, 1.25, 1}, 1e-12);
}

// A quota of 0.25 CPU makes 100 ns of work last 400 ns on an idle machine, and steals nothing: the
// cap is what the entity may have. Weights of 1 and 2^-60 lose no core to rounding.
TEST(CoresLaws, QuotasAndExtremeWeightsHold) {
  const Numbers seen = in_child([] {
    Timeline timeline;
    Cores cores(timeline, 2);
    const EntityId quota = cores.add_entity(0.25);
    double ended = 0, light_ended = 0;
    submit(timeline, cores, quota, 1, 100, ended);
    timeline.run();
    Numbers out{ended, cores.steal_ns(quota)};
    const EntityId heavy = cores.add_entity(1), light = cores.add_entity(1, 0x1p-60);
    submit(timeline, cores, heavy, 1, 1e6, ended);
    submit(timeline, cores, light, 1, 1e6, light_ended);
    timeline.run();
    out.insert(out.end(), {ended, light_ended});
    return out;
  });
  expect_near(seen, {400, 0, 400 + 1e6, 400 + 1e6}, 1e-6);
}

struct Job {
  std::size_t entity;
  Tick arrival;
  double work_ns;
};

struct Load {
  double cores;
  std::vector<std::pair<double, double>> entities;  ///< vCPUs, weight
  std::vector<Job> jobs;                            ///< by arrival
};

/// Some 300 jobs in 20 entities that keep 3.5 cores busy more often than not.
Load random_load(std::uint64_t seed) {
  Draw draw(seed);
  Load load{3.5, {}, {}};
  const Numbers vcpus = {0.5, 1, 1, 2, 4, std::numeric_limits<double>::infinity()};
  const Numbers weights = {1, 1, 1, 0.5, 3};
  for (int i = 0; i < 20; ++i) {
    load.entities.emplace_back(vcpus[static_cast<std::size_t>(draw.below(6))],
                               weights[static_cast<std::size_t>(draw.below(5))]);
  }
  double arrival = 0;
  for (int i = 0; i < 300; ++i) {
    if (draw.below(4) > 0) arrival += draw.exponential(400);
    const double work = draw.below(10) == 0 ? draw.below(3) : draw.exponential(1000);
    load.jobs.push_back({static_cast<std::size_t>(draw.below(20)), std::llround(arrival), work});
  }
  return load;
}

/// The rates of entities with such numbers of threads, straight from the definition: bisects the
/// level at which min(cap, weight * level) adds up to the cores.
Numbers fair_rates(const Load& load, const std::vector<int>& threads) {
  Numbers rates(load.entities.size());
  double low = 0, high = 1e6;
  for (int step = 0; step < 200; ++step) {
    const double level = (low + high) / 2;
    double sum = 0;
    for (std::size_t e = 0; e < rates.size(); ++e) {
      const auto [vcpus, weight] = load.entities[e];
      rates[e] = std::min(std::min<double>(threads[e], vcpus), weight * level);
      sum += rates[e];
    }
    (sum > load.cores ? high : low) = level;
  }
  return rates;
}

/// When each job ends, from moving all of them forward together, one event at a time.
Numbers ends_by_definition(const Load& load) {
  const double never = std::numeric_limits<double>::infinity();
  Numbers ends(load.jobs.size(), never), left;
  std::vector<int> threads(load.entities.size());
  double now = 0;
  const auto runs = [&](std::size_t j) { return j < left.size() && ends[j] == never; };
  for (;;) {
    const Numbers rates = fair_rates(load, threads);
    const auto rate = [&](std::size_t j) {
      return rates[load.jobs[j].entity] / threads[load.jobs[j].entity];
    };
    double next = never;
    std::size_t ending = load.jobs.size();
    for (std::size_t j = 0; j < left.size(); ++j) {
      if (!runs(j) || now + left[j] / rate(j) >= next) continue;
      next = now + left[j] / rate(j);
      ending = j;
    }
    const bool arrives = left.size() < load.jobs.size() &&
                         static_cast<double>(load.jobs[left.size()].arrival) < next;
    if (arrives) next = static_cast<double>(load.jobs[left.size()].arrival);
    if (next == never) return ends;
    for (std::size_t j = 0; j < left.size(); ++j) {
      if (runs(j)) left[j] -= (next - now) * rate(j);
    }
    now = next;
    if (arrives) {
      ++threads[load.jobs[left.size()].entity];
      left.push_back(load.jobs[left.size()].work_ns);
    } else {
      ends[ending] = now;
      --threads[load.jobs[ending].entity];
    }
  }
}

// The virtual clocks against the definition they shorten. A thread reports at the first whole ns
// not before its end, so the report lies in [end, end + 1), rounding aside.
TEST(CoresLaws, RandomLoadsEndWhenTheDefinitionSays) {
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    const Load load = random_load(seed);
    const Numbers exact = ends_by_definition(load);
    const Numbers ends = in_child([&] {
      Timeline timeline;
      Cores cores(timeline, load.cores);
      std::vector<EntityId> ids;
      for (const auto& [vcpus, weight] : load.entities)
        ids.push_back(cores.add_entity(vcpus, weight));
      Numbers out(load.jobs.size(), -1);
      for (std::size_t j = 0; j < load.jobs.size(); ++j) {
        const Job& job = load.jobs[j];
        timeline.at(job.arrival, [&, j] {
          cores.submit(ids[job.entity], job.work_ns,
                       [&, j] { out[j] = static_cast<double>(timeline.now()); });
        });
      }
      timeline.run();
      return out;
    });
    ASSERT_EQ(ends.size(), exact.size());
    for (std::size_t j = 0; j < ends.size(); ++j) {
      EXPECT_NEAR(ends[j], exact[j] + 0.5, 0.501) << "job " << j << " of seed " << seed;
    }
  }
}

// No core idles while a runnable thread could use it, at any event; and over the whole run the
// integral of cores in use is the work that was asked for (nothing lost, nothing done twice).
TEST(CoresLaws, WorkIsConserved) {
  const Load load = random_load(6);
  double work = 0;
  for (const Job& job : load.jobs) work += job.work_ns;
  const Numbers seen = in_child([&] {
    Timeline timeline;
    Cores cores(timeline, load.cores);
    std::vector<EntityId> ids;
    for (const auto& [vcpus, weight] : load.entities)
      ids.push_back(cores.add_entity(vcpus, weight));
    std::vector<int> threads(load.entities.size());
    double worst = 0;
    const auto look = [&] {
      double used = 0, usable = 0;
      for (std::size_t e = 0; e < ids.size(); ++e) {
        used += cores.rate(ids[e]);
        usable += std::min<double>(threads[e], load.entities[e].first);
      }
      worst = std::max(worst, std::abs(used - std::min(usable, load.cores)));
    };
    for (const Job& job : load.jobs) {
      timeline.at(job.arrival, [&] {
        ++threads[job.entity];
        cores.submit(ids[job.entity], job.work_ns, [&] { --threads[job.entity]; });
      });
    }
    for (Tick t = 0; t < 100'000; t += 97) {
      // Looks after the events of its instant: those still to report then have ended in it.
      timeline.at(t, [&] { timeline.at(timeline.now(), look); });
    }
    timeline.run();
    double consumed = 0;
    for (const EntityId e : ids) consumed += cores.consumed_ns(e);
    return Numbers{worst, cores.busy_core_ns(), consumed, static_cast<double>(cores.runnable())};
  });
  EXPECT_LT(seen[0], 1e-9);
  EXPECT_NEAR(seen[1], work, 1e-9 * work);
  EXPECT_NEAR(seen[2], work, 1e-9 * work);
  EXPECT_EQ(seen[3], 0);
}

// All end between 999 and 1000 ns, in random order and in six classes, and report at 1000.
TEST(CoresLaws, ThreadsThatEndTogetherReportInTheOrderTheyWereSubmitted) {
  const Numbers order = in_child([] {
    Timeline timeline;
    Cores cores(timeline, 1000);
    Draw draw(8);
    Numbers out;
    for (int i = 0; i < 300; ++i) {
      const EntityId entity = cores.add_entity(0.5 * (i % 3 + 1), i % 2 + 1);
      const double cap = std::min(1.0, 0.5 * (i % 3 + 1));
      cores.submit(entity, cap * (1000 - 0.99 * draw.uniform()), [&out, i] { out.push_back(i); });
    }
    timeline.run();
    out.push_back(static_cast<double>(timeline.now()));
    return out;
  });
  ASSERT_EQ(order.size(), 301U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end() - 1));
  EXPECT_EQ(order.back(), 1000);
}

// Two threads of 1000 ns on one core. At 500 ns each has had 250; the second is taken away with
// 750 left, so the first needs 750 more: it ends at 1250. The removed entity never reports.
TEST(CoresLaws, WhatIsTakenAwayLeavesItsCoreToTheRest) {
  const Numbers seen = in_child([] {
    Timeline timeline;
    Cores cores(timeline, 1);
    Numbers out;
    const EntityId stays = cores.add_entity(1), goes = cores.add_entity(1);
    cores.submit(stays, 1000, [&] { out.push_back(static_cast<double>(timeline.now())); });
    const TaskId task = cores.submit(goes, 1000, [&] { out.push_back(-1); });
    timeline.at(500, [&] {
      out.push_back(cores.cancel(task).value_or(-2));
      out.push_back(cores.cancel(task).value_or(-2));
      cores.submit(goes, 1000, [&] { out.push_back(-1); });
      cores.remove_entity(goes);
    });
    timeline.run();
    out.push_back(cores.busy_core_ns());
    return out;
  });
  expect_near(seen, {750, -2, 1250, 1250}, 1e-6);
}

// Two entities end in the same instant; the first to report removes the second, which stays mute.
TEST(CoresLaws, AnEntityRemovedInTheInstantItEndsDoesNotReport) {
  const Numbers seen = in_child([] {
    Timeline timeline;
    Cores cores(timeline, 2);
    Numbers out;
    const EntityId first = cores.add_entity(1), second = cores.add_entity(1);
    cores.submit(first, 100, [&] {
      out.push_back(1);
      cores.remove_entity(second);
    });
    cores.submit(second, 100, [&] { out.push_back(2); });
    timeline.run();
    return out;
  });
  EXPECT_EQ(seen, Numbers{1});
}

TEST(CoresLaws, MisuseIsRefused) {
  const Numbers refused = in_child([] {
    Timeline timeline;
    Cores cores(timeline, 2);
    const EntityId gone = cores.add_entity(1), here = cores.add_entity(1);
    cores.remove_entity(gone);
    Numbers out;
    const auto refuses = [&out](auto what) {
      try {
        what();
        out.push_back(0);
      } catch (const std::invalid_argument&) {
        out.push_back(1);
      }
    };
    refuses([&] { Cores none(timeline, 0); });
    refuses([&] { cores.add_entity(0); });
    refuses([&] { cores.add_entity(1, 0); });
    refuses([&] { cores.submit(gone, 1, [] {}); });
    refuses([&] { cores.submit(here, -1, [] {}); });
    refuses([&] { cores.submit(here, std::nan(""), [] {}); });
    return out;
  });
  EXPECT_EQ(refused, Numbers(6, 1));
}

}  // namespace
}  // namespace strata
