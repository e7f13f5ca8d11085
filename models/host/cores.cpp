#include "models/host/cores.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/host/require.h"

namespace strata {

Cores::Cores(Timeline& timeline, double cores)
    : timeline_(timeline), cores_(cores), last_(timeline.now()) {
  require(cores > 0, "a machine needs more than 0 cores");
}

Cores::~Cores() { timeline_.cancel(event_); }

EntityId Cores::add_entity(double vcpus, double weight) {
  require(vcpus > 0, "an entity needs more than 0 vCPUs");
  require(weight > 0 && std::isfinite(weight), "an entity's weight must be above 0 and finite");
  std::uint32_t slot = static_cast<std::uint32_t>(entities_.size());
  if (free_.empty()) {
    entities_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
    entities_[slot] = Entity{};
  }
  entities_[slot].vcpus = vcpus;
  entities_[slot].weight = weight;
  return {slot};
}

void Cores::remove_entity(EntityId id) {
  Entity& entity = find(id);
  catch_up();
  for (Finished& finished : finished_) {
    if (finished.task.entity == id) finished.done = nullptr;
  }
  leave(id.slot);
  runnable_ -= static_cast<int>(entity.threads.size());
  entity = Entity{};
  entity.exists = false;
  free_.push_back(id.slot);
  rearm();
}

TaskId Cores::submit(EntityId id, double work_ns, std::function<void()> done) {
  Entity& entity = find(id);
  require(work_ns >= 0 && std::isfinite(work_ns), "work must be 0 or more ns, and finite");
  catch_up();
  leave(id.slot);
  const TaskId task{id, ++submitted_};
  entity.threads.push_back({entity.clock + work_ns, task.order, std::move(done)});
  std::push_heap(entity.threads.begin(), entity.threads.end(), ends_later);
  ++runnable_;
  join(id.slot);
  rearm();
  return task;
}

std::optional<double> Cores::cancel(TaskId task) {
  catch_up();
  for (Finished& finished : finished_) {
    if (finished.task == task && finished.done) {
      finished.done = nullptr;
      return 0;
    }
  }
  if (task.entity.slot >= entities_.size()) return std::nullopt;
  auto& threads = entities_[task.entity.slot].threads;
  const auto at = std::find_if(threads.begin(), threads.end(),
                               [&](const Thread& thread) { return thread.order == task.order; });
  if (at == threads.end()) return std::nullopt;
  leave(task.entity.slot);
  const double left = std::max(at->finish - entities_[task.entity.slot].clock, 0.0);
  threads.erase(at);
  std::make_heap(threads.begin(), threads.end(), ends_later);
  --runnable_;
  join(task.entity.slot);
  rearm();
  return left;
}

double Cores::busy_core_ns() const {
  return busy_ + used_ * static_cast<double>(timeline_.now() - last_);
}

double Cores::rate(EntityId id) const {
  const Entity& entity = find(id);
  return entity.in == nullptr ? 0 : entity.in->rate;
}

double Cores::consumed_ns(EntityId id) const {
  const Entity& entity = find(id);
  if (entity.in == nullptr) return entity.consumed;
  const double since = static_cast<double>(timeline_.now() - last_);
  return entity.consumed + entity.in->work - entity.joined_work + entity.in->rate * since;
}

double Cores::steal_ns(EntityId id) const {
  const Entity& entity = find(id);
  if (entity.in == nullptr) return entity.stolen;
  const double since = static_cast<double>(timeline_.now() - last_);
  return entity.stolen + entity.in->lost - entity.joined_lost +
         (entity.cap - entity.in->rate) * since;
}

const Cores::Entity& Cores::find(EntityId id) const {
  require(id.slot < entities_.size() && entities_[id.slot].exists, "no such entity on these cores");
  return entities_[id.slot];
}

Cores::Entity& Cores::find(EntityId id) {
  return const_cast<Entity&>(std::as_const(*this).find(id));
}

bool Cores::ends_later(const Thread& a, const Thread& b) {
  return a.finish != b.finish ? a.finish > b.finish : a.order > b.order;
}

/// Puts an entity with runnable threads into its class.
void Cores::join(std::uint32_t slot) {
  Entity& entity = entities_[slot];
  if (entity.threads.empty()) {
    entity.clock = 0;
    return;
  }
  const double threads = static_cast<double>(entity.threads.size());
  entity.cap = std::min(threads, entity.vcpus);
  const Kind kind{entity.cap / entity.weight, entity.cap, entity.weight};
  Class& in = classes_.try_emplace(kind, where_).first->second;
  entity.in = &in;
  entity.joined_work = in.work;
  entity.joined_lost = in.lost;
  in.by_finish.push(slot, in.work + (entity.threads.front().finish - entity.clock) * threads);
}

/// Takes an entity out of its class, and books what it had there.
void Cores::leave(std::uint32_t slot) {
  Entity& entity = entities_[slot];
  if (entity.in == nullptr) return;
  const double received = entity.in->work - entity.joined_work;
  entity.clock += received / static_cast<double>(entity.threads.size());
  entity.consumed += received;
  entity.stolen += entity.in->lost - entity.joined_lost;
  entity.in->by_finish.erase(slot);
  entity.in = nullptr;
}

/// Weighted max-min: going up the levels at which caps bind, a class gets its cap as long as what
/// is left, divided by the weight still to serve, would give it more.
void Cores::share() {
  double weight = 0;
  for (auto at = classes_.rbegin(); at != classes_.rend(); ++at) {
    weight += at->first.weight * static_cast<double>(at->second.by_finish.size());
    at->second.weight_from = weight;
  }
  double left = cores_;
  bool short_of_cores = false;
  double level = 0;
  used_ = 0;
  for (auto& [kind, in] : classes_) {
    const double entities = static_cast<double>(in.by_finish.size());
    if (entities == 0) continue;
    if (!short_of_cores) level = left / in.weight_from;
    short_of_cores = short_of_cores || level < kind.binds_at;
    in.rate = short_of_cores ? kind.weight * level : kind.cap;
    left = std::max(left - in.rate * entities, 0.0);
    used_ += in.rate * entities;
  }
}

void Cores::catch_up() {
  if (timeline_.now() > last_) settle();
}

/// Brings all clocks to now, and on the way gives the cores of each thread that ended to the rest
/// at the very time it ended.
void Cores::settle() {
  const std::size_t reported = finished_.size();
  double left = static_cast<double>(timeline_.now() - last_);
  last_ = timeline_.now();
  for (;;) {
    const auto [in, wait] = next();
    if (in == nullptr || wait > left + 2 * kTimeSlackNs) break;
    const double step = std::min(wait, left);
    advance(step);
    left -= step;
    finish_one(*in);
    share();
  }
  advance(left);
  std::sort(finished_.begin() + static_cast<std::ptrdiff_t>(reported), finished_.end(),
            [](const Finished& a, const Finished& b) { return a.task.order < b.task.order; });
}

void Cores::advance(double elapsed_ns) {
  if (elapsed_ns <= 0) return;
  busy_ += used_ * elapsed_ns;
  for (auto& [kind, in] : classes_) {
    in.work += in.rate * elapsed_ns;
    in.lost += (kind.cap - in.rate) * elapsed_ns;
  }
}

/// The class whose entity has the next thread to end, and the ns until then.
std::pair<Cores::Class*, double> Cores::next() {
  std::pair<Class*, double> first{nullptr, std::numeric_limits<double>::infinity()};
  for (auto& [kind, in] : classes_) {
    if (in.by_finish.empty()) continue;
    const double work = in.by_finish.top_key() - in.work;
    const double wait = work <= 0 ? 0 : work / in.rate;
    if (wait < first.second) first = {&in, wait};
  }
  return first;
}

void Cores::finish_one(Class& in) {
  const std::uint32_t slot = in.by_finish.top();
  Entity& entity = entities_[slot];
  leave(slot);
  std::pop_heap(entity.threads.begin(), entity.threads.end(), ends_later);
  Thread& thread = entity.threads.back();
  entity.clock = thread.finish;
  finished_.push_back({{{slot}, thread.order}, std::move(thread.done)});
  entity.threads.pop_back();
  --runnable_;
  join(slot);
}

/// After a change: shares anew, unless fire() is about to.
void Cores::rearm() {
  if (firing_) return;
  share();
  arm();
}

/// Has the timeline call back at the next completion. The clocks stand at now.
void Cores::arm() {
  std::erase_if(classes_, [](const auto& each) { return each.second.by_finish.empty(); });
  const auto [in, wait] = next();
  Tick due = -1;
  if (in != nullptr && std::isfinite(wait)) due = timeline_.now() + round_up(wait);
  if (!finished_.empty()) due = timeline_.now();
  if (due == armed_) return;
  timeline_.cancel(event_);
  armed_ = due;
  if (due >= 0) event_ = timeline_.at(due, [this] { fire(); });
}

/// Reports the threads that ended. What their owners submit in turn is shared out once, at the end.
void Cores::fire() {
  armed_ = -1;
  firing_ = true;
  settle();
  for (std::size_t i = 0; i < finished_.size(); ++i) {
    const auto done = std::exchange(finished_[i].done, nullptr);
    if (done) done();
  }
  finished_.clear();
  firing_ = false;
  share();
  arm();
}

}  // namespace strata
