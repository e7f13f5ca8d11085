// Does the clock keep its promises: integer time, ties in the order scheduled, one timeline?

#include "models/host/timeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <simgrid/s4u.hpp>
#include <stdexcept>

#include "tests/laws/draw.h"
#include "tests/laws/in_child.h"

namespace strata {
namespace {

using Numbers = std::vector<double>;

TEST(TimelineLaws, EventsOfOneInstantRunInTheOrderTheyWereScheduled) {
  const Numbers order = in_child([] {
    Timeline timeline;
    Numbers out;
    for (int i = 0; i < 100; ++i) timeline.at(5, [&out, i] { out.push_back(i); });
    timeline.at(3, [&] {
      for (int i = 100; i < 200; ++i) timeline.at(5, [&out, i] { out.push_back(i); });
    });
    timeline.at(5, [&] { timeline.at(5, [&out] { out.push_back(200); }); });
    timeline.run();
    return out;
  });
  Numbers expected(201);
  for (int i = 0; i <= 200; ++i) expected[static_cast<std::size_t>(i)] = i;
  EXPECT_EQ(order, expected);
}

TEST(TimelineLaws, RandomEventsRunInTheOrderOfAStableSortWithoutTheCancelled) {
  struct Event {
    Tick when;
    double name;
  };
  Draw draw(1);
  std::vector<Event> events;
  for (int i = 0; i < 5000; ++i) events.push_back({draw.below(1000), static_cast<double>(i)});
  const auto dropped = [](double name) { return static_cast<int>(name) % 3 == 1; };
  const Numbers order = in_child([&] {
    Timeline timeline;
    Numbers out;
    std::vector<EventId> ids;
    for (const Event& event : events) {
      ids.push_back(timeline.at(event.when, [&out, event] { out.push_back(event.name); }));
    }
    for (const Event& event : events) {
      if (dropped(event.name)) timeline.cancel(ids[static_cast<std::size_t>(event.name)]);
    }
    timeline.run();
    return out;
  });
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.when < b.when; });
  Numbers expected;
  for (const Event& event : events) {
    if (!dropped(event.name)) expected.push_back(event.name);
  }
  EXPECT_EQ(order, expected);
}

// In seconds, doubles are 1.8e-15 apart at 10 s and 9e-10 apart at 50 days (4.3e6 s): whoever adds
// up delays in them is off by then. Here a nanosecond stays a nanosecond.
TEST(TimelineLaws, ANanosecondIsOneAfterFiftyDays) {
  constexpr Tick days = Tick{50} * 86400 * 1'000'000'000;
  const Numbers seen = in_child([] {
    Timeline timeline;
    Numbers out;
    for (const Tick ns : {2, 0, 1}) {
      timeline.at(days + ns, [&] {
        out.push_back(static_cast<double>(timeline.now() - days));
        out.push_back(std::abs(simgrid::s4u::Engine::get_clock() - 4.32e6) < 4e-9 ? 1 : 0);
      });
    }
    timeline.run();
    return out;
  });
  EXPECT_EQ(seen, (Numbers{0, 1, 1, 1, 2, 1}));
}

TEST(TimelineLaws, TheClockStandsAtTheLastEventThatRanAndRunsOn) {
  const Numbers seen = in_child([] {
    Timeline timeline;
    timeline.at(7, [] {});
    timeline.cancel(timeline.at(9, [] {}));
    timeline.run();
    Numbers out{static_cast<double>(timeline.now())};
    timeline.at(8, [] {});
    timeline.run();
    out.push_back(static_cast<double>(timeline.now()));
    out.push_back(static_cast<double>(timeline.events()));
    return out;
  });
  EXPECT_EQ(seen, (Numbers{7, 8, 2}));
}

TEST(TimelineLaws, MisuseIsRefused) {
  const Numbers refused = in_child([] {
    Timeline timeline;
    Numbers out;
    const auto refuses = [&out](auto what) {
      try {
        what();
        out.push_back(0);
      } catch (const std::logic_error&) {
        out.push_back(1);
      }
    };
    refuses([] { Timeline second; });
    timeline.at(5, [&] { refuses([&] { timeline.at(4, [] {}); }); });
    timeline.at(6, [&] { refuses([&] { timeline.run(); }); });
    timeline.at(7, [] { throw std::logic_error("an event's own"); });
    timeline.at(7, [&] { out.push_back(2); });
    refuses([&] { timeline.run(); });
    timeline.run();
    return out;
  });
  EXPECT_EQ(refused, (Numbers{1, 1, 1, 1, 2}));
}

// Under CM02 without cross traffic a transfer takes latency + bytes / bandwidth: 10 us + 1 MB at
// 1 GB/s = 1.01 ms. Under SimGrid's default (LV08) the latency would count 13 times.
TEST(TimelineLaws, AnS4uTransferBesideUsTakesLatencyPlusBytesOverBandwidth) {
  namespace s4u = simgrid::s4u;
  const Numbers took = in_child([] {
    Timeline timeline;
    auto* zone = s4u::create_full_zone("network");
    zone->set_parent(s4u::Engine::get_instance()->get_netzone_root());
    auto* from = zone->create_host("from", 1e9);
    auto* to = zone->create_host("to", 1e9);
    auto* link = zone->create_link("link", 1e9)->set_latency(10e-6);
    zone->add_route(from->get_netpoint(), to->get_netpoint(), nullptr, nullptr,
                    std::vector<s4u::LinkInRoute>{s4u::LinkInRoute(link)});
    zone->seal();
    Numbers out;
    s4u::Actor::create("transfer", from, [&] {
      s4u::Comm::sendto(from, to, 1'000'000);
      out.push_back(s4u::Engine::get_clock());
    });
    timeline.at(500'000, [&] { out.push_back(s4u::Engine::get_clock()); });
    timeline.run();
    return out;
  });
  ASSERT_EQ(took.size(), 2U);
  EXPECT_DOUBLE_EQ(took[0], 0.5e-3);
  EXPECT_NEAR(took[1], 1.01e-3, 1e-9);
}

}  // namespace
}  // namespace strata
