#include "models/fleet/serve_all.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

namespace strata {
namespace {

constexpr std::size_t kPiece = 1 << 16;  ///< calls; 1.5 MB

/// Does `each` for 0 .. count-1 on so many threads.
void in_threads(std::size_t count, int jobs, const std::function<void(std::size_t)>& each) {
  std::atomic<std::size_t> next{0};
  std::vector<std::exception_ptr> thrown(count);
  const auto work = [&] {
    for (std::size_t i; (i = next++) < count;) try {
        each(i);
      } catch (...) {
        thrown[i] = std::current_exception();
      }
  };
  std::vector<std::thread> others;
  const std::size_t wanted = std::min(count, static_cast<std::size_t>(std::max(1, jobs)));
  for (std::size_t t = 1; t < wanted; ++t) others.emplace_back(work);
  work();
  for (std::thread& t : others) t.join();
  for (const auto& e : thrown)
    if (e) std::rethrow_exception(e);
}

}  // namespace

std::vector<FaasTotals> serve_all(InvocationSource& source, const std::vector<FaasSetup>& setups,
                                  int jobs, const std::function<void(std::uint64_t)>& progress) {
  std::vector<Faas> fleets;
  for (const FaasSetup& setup : setups) fleets.emplace_back(source.functions(), setup);
  std::vector<Invocation> piece;
  std::uint64_t played = 0;
  for (bool more = true; more;) {
    piece.clear();
    Invocation call;
    while (piece.size() < kPiece && (more = source.next(call))) piece.push_back(call);
    in_threads(fleets.size(), jobs, [&](std::size_t f) {
      for (const Invocation& c : piece) fleets[f].call(c);
    });
    played += piece.size();
    if (progress) progress(played);
  }
  std::vector<FaasTotals> totals(fleets.size());
  in_threads(fleets.size(), jobs, [&](std::size_t f) { totals[f] = fleets[f].finish(); });
  return totals;
}

}  // namespace strata
