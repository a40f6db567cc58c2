#include "stats_collector.hpp"

namespace mort::worker {
namespace {

/// Of statistics: 256 KB of histograms.
constexpr std::size_t kSubscriptionsPerTurn = 64;

}  // namespace

void StatsCollector::collect(std::function<void(Stats)> then) {
  // Shared by the commands of the lanes, one after the other.
  auto round = std::make_shared<Round>(Round{{}, std::move(then), 0, runners_.begin()});
  // Here, so that no lane has to wait while what is collected moves to where there is room.
  std::size_t subscriptions = 0;
  for (const auto& [name, runner] : runners_) subscriptions += runner->subscriptions().size();
  round->stats.subscribed.reserve(subscriptions);
  visit(std::move(round));
}

void StatsCollector::visit(std::shared_ptr<Round> round) {
  if (round->lane == lanes_.size()) {
    control_.post([round = std::move(round)] { round->then(std::move(round->stats)); });
    return;
  }
  scheduler::Lane& lane = *lanes_[round->lane];
  lane.post([this, &lane, round = std::move(round)]() mutable {
    collect_some(*round, lane);
    visit(std::move(round));
  });
}

/// A subscription has a histogram of 4 KB: a lane with thousands of them has turns in between.
void StatsCollector::collect_some(Round& round, const scheduler::Lane& lane) const {
  Stats& stats = round.stats;
  for (std::size_t seen = 0; round.next != runners_.end(); ++round.next) {
    const TaskRunner& runner = *round.next->second;
    if (&runner.lane() != &lane) continue;
    if (seen >= kSubscriptionsPerTurn) return;
    seen += runner.subscriptions().size();
    stats.tasks.push_back(runner.stats());
    for (const auto& subscription : runner.subscriptions())
      stats.subscribed.push_back(subscription->stats());
    for (const auto& publication : runner.publications())
      stats.published.push_back(publication->stats());
  }
  for (const auto& [topic, inlet] : inlets_) {
    if (&inlet->lane() == &lane) stats.received.push_back(inlet->stats());
  }
  ++round.lane;
  round.next = runners_.begin();
}

}  // namespace mort::worker
