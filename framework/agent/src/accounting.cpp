#include "accounting.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace mort::agent {
namespace {

/// Incarnations whose counts are kept apart; far more than a job gets on one node.
constexpr std::uint32_t kMostIncarnations = 4096;

const worker::ReceivedStats* received_of(const worker::Stats& stats, const std::string& topic) {
  const auto found = std::find_if(stats.received.begin(), stats.received.end(),
                                  [&](const auto& received) { return received.topic == topic; });
  return found == stats.received.end() ? nullptr : &*found;
}

/// How far a subscription has come with each incarnation of the publisher that it has heard; the
/// last one is where it stands. `incarnation`: of its own worker.
std::vector<Reach> reaches_of(const worker::SubscribedStats& subscribed, const worker::Stats& stats,
                              std::uint32_t incarnation) {
  const worker::ReceivedStats* received = received_of(stats, subscribed.topic);
  if (received == nullptr) return {{incarnation, subscribed.expected}};  // from its own worker
  const std::uint64_t number = received->origin + subscribed.expected;
  std::vector<Reach> reaches;
  for (std::size_t i = 0; i < received->writers.size(); ++i) {
    const auto& writer = received->writers[i];
    if (i > 0 && number <= writer.after) break;
    const bool is_last = i + 1 == received->writers.size();
    const std::uint64_t up_to = is_last ? number : std::min(number, received->writers[i + 1].after);
    reaches.push_back({writer.incarnation, up_to - std::min(up_to, writer.base)});
  }
  return reaches;
}

using Sent = std::vector<std::uint64_t>;

std::uint64_t sum_before(const Sent& sent, std::uint32_t incarnation) {
  const std::size_t count = std::min<std::size_t>(sent.size(), incarnation);
  return std::accumulate(sent.begin(), sent.begin() + static_cast<std::ptrdiff_t>(count),
                         std::uint64_t{0});
}

void raise_to(Sent& sent, const Reach& reach) {
  if (reach.writer >= kMostIncarnations) return;
  if (sent.size() <= reach.writer) sent.resize(reach.writer + 1);
  sent[reach.writer] = std::max(sent[reach.writer], reach.samples);
}

/// A subscription, with what is needed to account for it.
struct Entry {
  SubscriberAccount account;
  std::vector<Reach> reaches;
  bool done = false;  ///< all that was sent has reached it, or never will
};

Entry entry_of(const WorkerRecord& worker, const worker::SubscribedStats& now) {
  Entry entry;
  entry.account = {now.task, now.expected, now.delivered, now.lost, now.latency};
  entry.reaches = reaches_of(now, worker.stats, worker.incarnation);
  entry.done = worker.phase == Phase::kDone && !now.left;
  return entry;
}

void add_past(Entry& entry, const PastStats::Subscribed& past) {
  entry.account.expected += past.expected;
  entry.account.delivered += past.delivered;
  entry.account.lost += past.lost;
  entry.reaches.insert(entry.reaches.begin(), past.reaches.begin(), past.reaches.end());
}

/// What the workers of a job have told, by topic.
struct Told {
  TopicAccount account;  ///< without its subscribers
  Sent sent;
  bool publisher_done = false;
  std::vector<Entry> entries;
};

void add_published(std::map<std::string, Told>& topics, const WorkerRecord& worker) {
  for (const auto& [topic, past] : worker.past.published) {
    Told& told = topics[topic];
    told.account.published.bytes += past.bytes;
    told.account.published.memory_bytes += past.memory_bytes;
    told.sent = past.sent;
  }
  for (const auto& now : worker.stats.published) {
    Told& told = topics[now.topic];
    const worker::PublishedStats past = std::exchange(told.account.published, now);
    told.account.published.bytes += past.bytes;
    told.account.published.memory_bytes += past.memory_bytes;
    raise_to(told.sent, Reach{worker.incarnation, now.sent});
    told.publisher_done = worker.phase == Phase::kDone;
  }
}

template <typename Received>
void add_received(TopicAccount& account, const Received& received) {
  account.local_bytes += received.local_bytes;
  account.network_bytes += received.network_bytes;
  account.refused += received.refused;
}

void add_subscribed(std::map<std::string, Told>& topics, const WorkerRecord& worker) {
  auto past = worker.past.subscribed;
  for (const auto& now : worker.stats.subscribed) {
    Entry entry = entry_of(worker, now);
    if (const auto found = past[now.topic].find(now.task); found != past[now.topic].end()) {
      add_past(entry, found->second);
      past[now.topic].erase(found);
    }
    topics[now.topic].entries.push_back(std::move(entry));
  }
  for (const auto& [topic, tasks] : past) {  // of a worker that is away just now
    for (const auto& [task, gone] : tasks) {
      Entry entry;
      entry.account.task = task;
      add_past(entry, gone);
      topics[topic].entries.push_back(std::move(entry));
    }
  }
}

/// What was sent to the readers of a topic of this job, and what of it they lost.
void settle(Told& told) {
  // A publisher that crashed may have sent more than it had reported.
  for (const Entry& entry : told.entries) {
    for (const Reach& reach : entry.reaches) raise_to(told.sent, reach);
  }
  const std::uint64_t all = sum_before(told.sent, kMostIncarnations);
  for (Entry& entry : told.entries) {
    SubscriberAccount& reader = entry.account;
    const bool complete = entry.done && told.publisher_done;
    if (complete)
      reader.expected = all;
    else if (entry.reaches.empty())
      reader.expected = 0;
    else
      reader.expected =
          sum_before(told.sent, entry.reaches.back().writer) + entry.reaches.back().samples;
    reader.expected = std::max(reader.expected, reader.delivered);
    reader.lost = reader.expected - reader.delivered;
  }
}

}  // namespace

void carry(PastStats& past, const worker::Stats& last, std::uint32_t incarnation) {
  if (incarnation >= kMostIncarnations) return;
  for (const auto& published : last.published) {
    auto& entry = past.published[published.topic];
    entry.sent.resize(std::max<std::size_t>(entry.sent.size(), incarnation + 1));
    entry.sent[incarnation] = published.sent;
    entry.bytes += published.bytes;
    entry.memory_bytes += published.memory_bytes;
  }
  for (const auto& subscribed : last.subscribed) {
    auto& entry = past.subscribed[subscribed.topic][subscribed.task];
    const std::uint64_t taken =
        subscribed.delivered - std::min(subscribed.delivered, subscribed.waiting);
    entry.expected += subscribed.expected;
    entry.delivered += taken;
    entry.lost += subscribed.expected - std::min(subscribed.expected, taken);
    for (const Reach& reach : reaches_of(subscribed, last, incarnation)) {
      if (entry.reaches.size() < kMostIncarnations) entry.reaches.push_back(reach);
    }
  }
  for (const auto& received : last.received) {
    auto& entry = past.received[received.topic];
    entry.local_bytes += received.local_bytes;
    entry.network_bytes += received.network_bytes;
    entry.refused += received.refused;
  }
}

std::map<std::string, TopicAccount> account(const std::map<std::string, WorkerRecord>& workers,
                                            const graph::TaskGraph& graph) {
  std::map<std::string, Told> topics;
  for (const auto& [node, worker] : workers) {
    add_published(topics, worker);
    for (const auto& [topic, past] : worker.past.received)
      add_received(topics[topic].account, past);
    for (const auto& now : worker.stats.received) add_received(topics[now.topic].account, now);
    add_subscribed(topics, worker);
  }
  std::map<std::string, TopicAccount> accounts;
  for (auto& [topic, told] : topics) {
    if (graph.publisher_of(topic) != nullptr) settle(told);
    TopicAccount& account = accounts[topic] = std::move(told.account);
    account.published.sent = sum_before(told.sent, kMostIncarnations);
    for (Entry& entry : told.entries) account.subscribers.push_back(std::move(entry.account));
  }
  return accounts;
}

std::string broken_promises(const std::map<std::string, WorkerRecord>& workers,
                            const graph::Manifest& manifest) {
  const auto promised = [&](const std::string& task, const std::string& topic) {
    const graph::TopicSettings& settings = manifest.job.topic(topic);
    const graph::TaskDecl* decl = manifest.graph.find(task);
    const bool feedback = decl != nullptr && graph::is_feedback(*decl, topic);
    return settings.block && manifest.job.queue(task, topic, feedback).block;
  };
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  for (const auto& [topic, account] : account(workers, manifest.graph)) {
    for (const SubscriberAccount& reader : account.subscribers) {
      if (reader.lost == 0 || !promised(reader.task, topic)) continue;
      add("task " + reader.task + " lost " + std::to_string(reader.lost) + " of " +
          std::to_string(reader.expected) + " samples of " + topic);
    }
  }
  for (const auto& [node, worker] : workers) {
    if (worker.past.restarts == 0) continue;
    std::string tasks;
    for (const auto& [task, state] : worker.task_states) {
      const graph::TaskDecl* decl = manifest.graph.find(task);
      if (decl == nullptr) continue;
      const auto at = [&, &name = task](const graph::Port& port) {
        return promised(name, port.topic);
      };
      if (std::any_of(decl->sub.begin(), decl->sub.end(), at) ||
          std::any_of(decl->pub.begin(), decl->pub.end(), at))
        tasks += (tasks.empty() ? "" : ", ") + task;
    }
    if (tasks.empty()) continue;
    add("the worker on " + node + " crashed " + std::to_string(worker.past.restarts) +
        (worker.past.restarts == 1 ? " time" : " times") + ", and " + tasks +
        " began again without what was known before");
  }
  return text;
}

}  // namespace mort::agent
