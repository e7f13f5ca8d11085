#include "models/fleet/pulls.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <stdexcept>
#include <utility>

#include "models/base/random.h"

namespace strata {
namespace {

constexpr std::uint32_t kRegistry = UINT32_MAX, kNone = UINT32_MAX;
/// Peers asked before a host waits for the next chance, as a swarm's members know a few others.
constexpr int kAsked = 8;

struct Event {
  std::int64_t at;
  std::uint64_t order;  ///< of events at one time: as they were caused
  enum class Kind : std::uint8_t { chunk, restarted } kind;
  std::uint32_t host, source, chunk;

  bool operator>(const Event& other) const {
    return at != other.at ? at > other.at : order > other.order;
  }
};

class Swarm {
 public:
  explicit Swarm(const PullSpec& spec) : spec_(spec), draws_(spec.seed, "fleet.pulls.peer") {
    if (spec.bytes <= 0 || spec.chunk <= 0 || !(spec.host_rate > 0) || !(spec.registry_rate > 0) ||
        spec.hosts == 0 || spec.at_once == 0)
      throw std::invalid_argument("a pull needs hosts, bytes and rates above 0");
    size_ = std::min(spec.chunk, spec.bytes);
    chunks_ = static_cast<std::uint32_t>((spec.bytes + size_ - 1) / size_);
    // A registry slower than a link serves one host at its own rate.
    const double rate = std::min(spec.host_rate, spec.registry_rate);
    slots_ =
        static_cast<std::uint32_t>(std::max(1.0, std::floor(spec.registry_rate / spec.host_rate)));
    ns_from_registry_ =
        std::max<std::int64_t>(1, std::llround(1e9 * static_cast<double>(size_) / rate));
    ns_from_peer_ =
        std::max<std::int64_t>(1, std::llround(1e9 * static_cast<double>(size_) / spec.host_rate));
    hosts_.resize(spec.hosts);
    copies_.assign(chunks_, 0);
    out_.started.assign(spec.hosts, -1);
    for (std::uint32_t h = 0; h < spec.hosts; ++h) fill_cache(h);
    for (std::uint32_t c = 0; c < chunks_; ++c)
      needed_.push_back(std::floor((c + 1) * spec.needed) > std::floor(c * spec.needed) ||
                        spec.needed >= 1);
    if (std::none_of(needed_.begin(), needed_.end(), [](bool n) { return n; })) needed_[0] = true;
    for (Host& host : hosts_)
      for (std::uint32_t c = 0; c < chunks_; ++c) host.needed_left += needed_[c] && !host.has[c];
  }

  PullOutcome play() {
    while (admitted_ < spec_.hosts && admitted_ < spec_.at_once) admit();
    assign();
    while (!events_.empty()) {
      now_ = events_.top().at;
      // All that happens at one moment happens before anybody chooses.
      while (!events_.empty() && events_.top().at == now_) {
        const Event event = events_.top();
        events_.pop();
        happen(event);
      }
      assign();
    }
    check();
    return std::move(out_);
  }

 private:
  struct Host {
    std::vector<bool> has;
    std::uint32_t left = 0, needed_left = 0;
    bool uploading = false, admitted = false, gone = false;
  };

  void fill_cache(std::uint32_t h) {
    Host& host = hosts_[h];
    const double share = spec_.cached.empty() ? 0 : spec_.cached.at(h);
    const auto had = static_cast<std::uint32_t>(std::llround(share * chunks_));
    host.has.assign(chunks_, false);
    for (std::uint32_t c = 0; c < had; ++c) host.has[c] = true, ++copies_[c];
    host.left = chunks_ - had;
    missing_ += std::int64_t{host.left} * size_;
  }

  void admit() {
    const std::uint32_t h = admitted_++;
    hosts_[h].admitted = true;
    if (hosts_[h].left > 0) waiting_.push_back(h);
    if (hosts_[h].needed_left == 0) begin_restart(h);
  }

  void begin_restart(std::uint32_t h) {
    out_.most_down = std::max(out_.most_down, ++down_);
    events_.push({now_ + spec_.restart, caused_++, Event::Kind::restarted, h, kNone, 0});
  }

  void happen(const Event& e) {
    Host& host = hosts_[e.host];
    if (e.kind == Event::Kind::restarted) {
      --down_;
      out_.started[e.host] = now_;
      if (host.left == 0) leave(e.host);
      return;
    }
    if (e.source == kRegistry) {
      --in_use_;
      out_.registry_bytes += size_;
    } else {
      hosts_[e.source].uploading = false;
      out_.peer_bytes += size_;
    }
    host.has[e.chunk] = true;
    out_.last_byte = now_;
    const bool was_needed = needed_[e.chunk];
    if (--host.left > 0) waiting_.push_back(e.host);
    if (was_needed && --host.needed_left == 0) begin_restart(e.host);
    if (host.left == 0 && out_.started[e.host] >= 0) leave(e.host);
  }

  /// The host is done; the next may begin.
  void leave(std::uint32_t h) {
    if (std::exchange(hosts_[h].gone, true)) return;
    if (admitted_ < spec_.hosts) admit();
  }

  /// Gives every waiting host a source, as far as there are any.
  void assign() {
    std::vector<std::uint32_t> still;
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      const std::uint32_t h = waiting_[i];
      if (in_use_ < slots_) {
        const std::uint32_t chunk = rarest(h);
        ++in_use_;
        send(h, kRegistry, chunk, ns_from_registry_);
      } else if (!spec_.peers) {
        still.insert(still.end(), waiting_.begin() + static_cast<std::ptrdiff_t>(i),
                     waiting_.end());
        break;
      } else if (!ask_peers(h)) {
        still.push_back(h);
      }
    }
    waiting_ = std::move(still);
  }

  /// The chunk the fewest hosts have: those needed to start first, the lowest of equals.
  std::uint32_t rarest(std::uint32_t h) const {
    const Host& host = hosts_[h];
    std::uint32_t best = kNone;
    for (std::uint32_t c = 0; c < chunks_; ++c) {
      if (host.has[c] || (host.needed_left > 0 && !needed_[c])) continue;
      if (best == kNone || copies_[c] < copies_[best]) best = c;
    }
    return best;
  }

  bool ask_peers(std::uint32_t h) {
    for (int i = 0; i < kAsked; ++i) {
      const auto peer = static_cast<std::uint32_t>(draws_.uniform() * spec_.hosts);
      if (peer == h || hosts_[peer].uploading) continue;
      const std::uint32_t chunk = offered(peer, h);
      if (chunk == kNone) continue;
      hosts_[peer].uploading = true;
      send(h, peer, chunk, ns_from_peer_);
      return true;
    }
    return false;
  }

  /// A chunk that the peer has and the host lacks, the rarest.
  std::uint32_t offered(std::uint32_t peer, std::uint32_t h) const {
    const Host &has = hosts_[peer], &lacks = hosts_[h];
    std::uint32_t best = kNone;
    for (std::uint32_t c = 0; c < chunks_; ++c) {
      if (!has.has[c] || lacks.has[c] || (lacks.needed_left > 0 && !needed_[c])) continue;
      if (best == kNone || copies_[c] < copies_[best]) best = c;
    }
    return best;
  }

  void send(std::uint32_t h, std::uint32_t source, std::uint32_t chunk, std::int64_t ns) {
    ++copies_[chunk];
    events_.push({now_ + ns, caused_++, Event::Kind::chunk, h, source, chunk});
  }

  void check() const {
    if (out_.registry_bytes + out_.peer_bytes != missing_)
      throw std::logic_error("pulls: the bytes handed out are not those that were missing");
    for (const std::int64_t at : out_.started)
      if (at < 0) throw std::logic_error("pulls: a host never started");
  }

  const PullSpec& spec_;
  Stream draws_;
  std::int64_t size_ = 0, now_ = 0, missing_ = 0, ns_from_registry_ = 0, ns_from_peer_ = 0;
  std::uint32_t chunks_ = 0, slots_ = 0, in_use_ = 0, admitted_ = 0, down_ = 0;
  std::vector<Host> hosts_;
  std::vector<std::uint32_t> copies_;  ///< by chunk: hosts that have it or to which it travels
  std::vector<std::uint32_t> waiting_;
  std::vector<bool> needed_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t caused_ = 0;
  PullOutcome out_;
};

}  // namespace

PullOutcome pull(const PullSpec& spec) { return Swarm(spec).play(); }

}  // namespace strata
