// Do queues wait as long as queueing theory says? Means over customers, with their own error bars.

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <numeric>

#include "models/host/cores.h"
#include "models/host/device.h"
#include "models/host/lock.h"
#include "tests/laws/draw.h"
#include "tests/laws/in_child.h"

namespace strata {
namespace {

using Numbers = std::vector<double>;

constexpr double kServiceNs = 1e6;  ///< mean, 1 / mu
constexpr double kRho = 0.7;        ///< load of a server
constexpr int kCustomers = 320'000;
constexpr int kWarmUp = 10'000;  ///< the queue forgets within some 2 / (1 - rho)^2 = 22 customers

/// Serves one customer of so much work, then calls back.
using Server = std::function<void(double work_ns, std::function<void()> done)>;

/// Poisson arrivals at `load` servers' worth; returns each customer's time in the system, in mean
/// services. Service is exponential or constant.
Numbers sojourns(Timeline& timeline, const Server& serve, double load, bool exponential) {
  Draw draw(42);
  Numbers times;
  times.reserve(kCustomers);
  double arrival = 0;
  std::function<void()> arrive = [&] {
    const Tick since = timeline.now();
    serve(exponential ? draw.exponential(kServiceNs) : kServiceNs, [&, since] {
      times.push_back(static_cast<double>(timeline.now() - since) / kServiceNs);
    });
    arrival += draw.exponential(kServiceNs / load);
    if (times.size() < kCustomers) timeline.at(std::llround(arrival), arrive);
  };
  timeline.at(0, arrive);
  timeline.run();
  times.resize(kCustomers);
  times.erase(times.begin(), times.begin() + kWarmUp);
  return times;
}

/// The mean lies within 4 standard errors of what theory says, and the error, from the spread of 31
/// batch means (10,000 customers, 450 memories long each), is small enough for that to say
/// something. (The seed is fixed; over seeds, 4 standard errors of 31 batches fail 1 time in 2500.)
void expect_mean(const Numbers& times, double theory) {
  constexpr std::size_t batches = 31;
  const std::size_t length = times.size() / batches;
  Numbers means;
  for (std::size_t b = 0; b < batches; ++b) {
    const auto from = times.begin() + static_cast<std::ptrdiff_t>(b * length);
    means.push_back(std::accumulate(from, from + static_cast<std::ptrdiff_t>(length), 0.0) /
                    static_cast<double>(length));
  }
  const double mean = std::accumulate(means.begin(), means.end(), 0.0) / batches;
  double squares = 0;
  for (const double m : means) squares += (m - mean) * (m - mean);
  const double error = std::sqrt(squares / (batches - 1) / batches);
  EXPECT_LT(error, 0.02 * theory);
  EXPECT_NEAR(mean, theory, 4 * error);
}

/// A device of 1 byte a ns: bytes are ns of service.
Numbers on_device(Discipline discipline, bool exponential) {
  return in_child([=] {
    Timeline timeline;
    Device device(timeline, 1e9, 0, discipline);
    const Server serve = [&](double work, auto done) { device.submit(work, std::move(done)); };
    return sojourns(timeline, serve, kRho, exponential);
  });
}

/// `count` cores; each customer is an entity of its own, or all are threads of one.
Numbers on_cores(int count, bool own_entities, bool exponential) {
  return in_child([=] {
    Timeline timeline;
    Cores cores(timeline, count);
    const EntityId one = cores.add_entity(count);
    const Server serve = [&](double work, auto done) {
      if (!own_entities) {
        cores.submit(one, work, std::move(done));
        return;
      }
      const EntityId own = cores.add_entity(1);
      cores.submit(own, work, [&cores, own, done = std::move(done)] {
        done();
        cores.remove_entity(own);
      });
    };
    return sojourns(timeline, serve, kRho * count, exponential);
  });
}

// M/M/1, first come first served: the mean wait is rho / (mu - lambda) = 0.7 / 0.3 services; with
// the service itself, 1 / (mu - lambda) = 1 / 0.3 (Kleinrock, Queueing Systems 1, 3.2).
TEST(QueueLaws, AFifoDeviceIsMM1) {
  expect_mean(on_device(Discipline::fifo, true), 1 / (1 - kRho));
}

// M/D/1: the wait is rho / (2 mu (1 - rho)), half of M/M/1's (Pollaczek-Khinchine).
TEST(QueueLaws, AFifoDeviceWithEqualRequestsIsMD1) {
  expect_mean(on_device(Discipline::fifo, false), 1 + kRho / (2 * (1 - kRho)));
}

// A lock held for an exponential time is M/M/1, held for a constant time M/D/1; and its own
// statistics must say the same: mean wait over all acquisitions, and held a part rho of the time.
Numbers on_lock(bool exponential) {
  return in_child([=] {
    Timeline timeline;
    Lock lock(timeline, "mount");
    const Server serve = [&](double work, auto done) {
      lock.acquire([&timeline, &lock, work, done = std::move(done)] {
        timeline.at(timeline.now() + std::llround(work), [&lock, done] {
          lock.release();
          done();
        });
      });
    };
    Numbers times = sojourns(timeline, serve, kRho, exponential);
    const LockUse& use = lock.use();
    times.push_back(static_cast<double>(use.waited_ns) / static_cast<double>(use.acquired));
    times.push_back(static_cast<double>(use.held_ns) / static_cast<double>(timeline.now()));
    times.push_back(static_cast<double>(use.contended) / static_cast<double>(use.acquired));
    return times;
  });
}

TEST(QueueLaws, ALockIsMM1AndCountsItsWaits) {
  Numbers times = on_lock(true);
  const double contended = times.back(), held = times[times.size() - 2],
               waited = times[times.size() - 3];
  times.resize(times.size() - 3);
  expect_mean(times, 1 / (1 - kRho));
  EXPECT_NEAR(waited / kServiceNs, kRho / (1 - kRho), 0.1);
  EXPECT_NEAR(held, kRho, 0.01);
  EXPECT_NEAR(contended, kRho, 0.01);  // Poisson arrivals see time averages
}

TEST(QueueLaws, ALockHeldForAConstantTimeIsMD1) {
  Numbers times = on_lock(false);
  times.resize(times.size() - 3);
  expect_mean(times, 1 + kRho / (2 * (1 - kRho)));
}

// M/G/1 processor sharing: the mean sojourn is 1 / (mu - lambda) whatever the distribution of
// service, so a constant service tells sharing (3.33) from first come first served (2.17).
TEST(QueueLaws, ACoreSharedAmongEntitiesIsProcessorSharing) {
  expect_mean(on_cores(1, true, true), 1 / (1 - kRho));
  expect_mean(on_cores(1, true, false), 1 / (1 - kRho));
}

TEST(QueueLaws, ACoreSharedAmongThreadsIsProcessorSharing) {
  expect_mean(on_cores(1, false, true), 1 / (1 - kRho));
  expect_mean(on_cores(1, false, false), 1 / (1 - kRho));
}

TEST(QueueLaws, ASharedDeviceIsProcessorSharing) {
  expect_mean(on_device(Discipline::shared, true), 1 / (1 - kRho));
  expect_mean(on_device(Discipline::shared, false), 1 / (1 - kRho));
}

// c cores shared, at most one to a customer: the number in the system moves as in M/M/c, so the
// mean sojourn is 1 / mu + C / (c mu - lambda), with Erlang's C the probability that all are busy.
TEST(QueueLaws, FourCoresAreMM4) {
  constexpr int c = 4;
  const double offered = kRho * c;
  double term = 1, sum = 0;
  for (int k = 0; k < c; ++k) {
    sum += term;
    term *= offered / (k + 1);
  }
  const double erlang_c = term / (1 - kRho) / (sum + term / (1 - kRho));
  expect_mean(on_cores(c, true, true), 1 + erlang_c / (c - offered));
  expect_mean(on_cores(c, false, true), 1 + erlang_c / (c - offered));
}

// 64 bytes at 100 Gbit/s last 5.12 ns. A thousand of them queued end at 5120 ns: rounding is of
// what is reported, not of what is served. The latency is added once to each and overlaps.
TEST(QueueLaws, DevicesRoundReportsNotService) {
  for (const Discipline discipline : {Discipline::fifo, Discipline::shared}) {
    const Numbers seen = in_child([=] {
      Timeline timeline;
      Device device(timeline, 12.5e9, 1000, discipline);
      Numbers ends;
      for (int i = 0; i < 1000; ++i) {
        device.submit(64, [&] { ends.push_back(static_cast<double>(timeline.now())); });
      }
      timeline.run();
      return Numbers{ends.front(), ends.back(), device.use().busy_ns, device.use().bytes};
    });
    EXPECT_EQ(seen[0], discipline == Discipline::fifo ? 1006 : 6120);
    EXPECT_EQ(seen[1], 6120);
    EXPECT_NEAR(seen[2], 5120, 1e-6);
    EXPECT_EQ(seen[3], 64'000);
  }
}

// A shared device by hand, 1 byte a ns: 100 bytes at 0, 40 bytes at 20. Both run at 1/2 from 20:
// the second ends at 20 + 80 = 100, when the first has 20 + 40 of its 100; it ends at 140.
TEST(QueueLaws, ASharedDeviceSharesAsSolvedByHand) {
  const Numbers ends = in_child([] {
    Timeline timeline;
    Device device(timeline, 1e9, 0, Discipline::shared);
    Numbers out;
    const auto end = [&] { out.push_back(static_cast<double>(timeline.now())); };
    device.submit(100, end);
    timeline.at(20, [&] { device.submit(40, end); });
    timeline.run();
    return out;
  });
  EXPECT_EQ(ends, (Numbers{100, 140}));
}

TEST(QueueLaws, LocksServeInOrderAndAreFoundByName) {
  const Numbers order = in_child([] {
    Timeline timeline;
    Locks locks(timeline);
    Lock& lock = locks.named("rtnl");
    Numbers out;
    for (int i = 0; i < 3; ++i) {
      lock.acquire([&, i] {
        out.push_back(i);
        timeline.at(timeline.now() + 10, [&lock] { lock.release(); });
      });
    }
    timeline.run();
    out.push_back(&locks.named("rtnl") == &lock ? 1 : 0);
    out.push_back(&locks.named("mount") == &lock ? 1 : 0);
    out.push_back(static_cast<double>(lock.use().waited_ns));  // 0 + 10 + 20
    try {
      lock.release();
    } catch (const std::logic_error&) {
      out.push_back(1);
    }
    return out;
  });
  EXPECT_EQ(order, (Numbers{0, 1, 2, 1, 0, 30, 1}));
}

}  // namespace
}  // namespace strata
