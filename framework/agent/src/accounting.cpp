#include "accounting.hpp"

#include <algorithm>
#include <numeric>

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
  std::map<std::string, TopicAccount> topics;
  std::map<std::string, Sent> sent;
  std::map<std::string, bool> publisher_done;
  std::map<std::string, std::vector<Entry>> entries;
  for (const auto& [node, worker] : workers) {
    for (const auto& [topic, past] : worker.past.published) {
      topics[topic].published.bytes += past.bytes;
      topics[topic].published.memory_bytes += past.memory_bytes;
      sent[topic] = past.sent;
    }
    for (const auto& now : worker.stats.published) {
      auto& published = topics[now.topic].published;
      const worker::PublishedStats past = published;
      published = now;
      published.bytes += past.bytes;
      published.memory_bytes += past.memory_bytes;
      raise_to(sent[now.topic], Reach{worker.incarnation, now.sent});
      publisher_done[now.topic] = worker.phase == Phase::kDone;
    }
    for (const auto& [topic, past] : worker.past.received) {
      topics[topic].local_bytes += past.local_bytes;
      topics[topic].network_bytes += past.network_bytes;
      topics[topic].refused += past.refused;
    }
    for (const auto& now : worker.stats.received) {
      topics[now.topic].local_bytes += now.local_bytes;
      topics[now.topic].network_bytes += now.network_bytes;
      topics[now.topic].refused += now.refused;
    }
    auto past = worker.past.subscribed;
    for (const auto& now : worker.stats.subscribed) {
      Entry entry = entry_of(worker, now);
      if (const auto found = past[now.topic].find(now.task); found != past[now.topic].end()) {
        add_past(entry, found->second);
        past[now.topic].erase(found);
      }
      entries[now.topic].push_back(std::move(entry));
    }
    for (const auto& [topic, tasks] : past) {  // of a worker that is away just now
      for (const auto& [task, gone] : tasks) {
        Entry entry;
        entry.account.task = task;
        add_past(entry, gone);
        entries[topic].push_back(std::move(entry));
      }
    }
  }
  for (auto& [topic, list] : entries) {
    const bool of_this_job = graph.publisher_of(topic) != nullptr;
    Sent& counts = sent[topic];
    // A publisher that crashed may have sent more than it had reported.
    if (of_this_job) {
      for (const Entry& entry : list) {
        for (const Reach& reach : entry.reaches) raise_to(counts, reach);
      }
    }
    const std::uint64_t all = sum_before(counts, kMostIncarnations);
    for (Entry& entry : list) {
      SubscriberAccount& reader = entry.account;
      if (of_this_job) {
        const bool complete = entry.done && publisher_done[topic];
        if (complete)
          reader.expected = all;
        else if (entry.reaches.empty())
          reader.expected = 0;
        else
          reader.expected =
              sum_before(counts, entry.reaches.back().writer) + entry.reaches.back().samples;
        reader.expected = std::max(reader.expected, reader.delivered);
        reader.lost = reader.expected - reader.delivered;
      }
      topics[topic].subscribers.push_back(std::move(reader));
    }
  }
  for (auto& [topic, account] : topics)
    account.published.sent = sum_before(sent[topic], kMostIncarnations);
  return topics;
}

std::string broken_promises(const std::map<std::string, WorkerRecord>& workers,
                            const graph::Manifest& manifest) {
  const auto promised = [&](const std::string& task, const std::string& topic) {
    const graph::TopicSettings& settings = manifest.job.topic(topic);
    const graph::TaskDecl* decl = manifest.graph.find(task);
    const bool feedback = decl != nullptr && graph::is_feedback(*decl, topic);
    return settings.block && settings.reliability == graph::Reliability::kReliable &&
           manifest.job.queue(task, topic, feedback).block;
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
