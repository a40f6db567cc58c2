#include "event_stream.hpp"

#include <algorithm>

#include "mort/base/histogram.hpp"

namespace mort::agent {
namespace {

using Kind = worker::Event::Kind;

constexpr std::string_view kBegin = R"({"event":")";
/// Of the names of events.
constexpr std::size_t kLongestKind = 16;
/// A byte of a text takes six in JSON, as \u0000 does.
constexpr std::size_t kEscaped = 6;
/// What a line has beside texts.
constexpr std::size_t kFrame = 4096;
/// Of one entry of the statistics: the numbers, and their names.
constexpr std::size_t kNumbers = 1024;
/// "[975,4294967295],"
constexpr std::size_t kBucket = 18;
constexpr std::size_t kHistogram = kBucket * Histogram::kBuckets;
/// "[4294967295,18446744073709551615,18446744073709551615],"
constexpr std::size_t kWriter = 56;
constexpr std::size_t kWriters = kWriter * worker::ReceivedStats::kMostWriters;

tl::unexpected<Error> no_event(const std::string& why) {
  return fail(ErrorCode::kInvalid, "what came over the worker's socket is no event: " + why);
}

bool is_state(const std::string& state) {
  return state == "waiting" || state == "running" || state == "finished" || state == "failed";
}

}  // namespace

EventStream::EventStream(const worker::Config& config) {
  const graph::TaskGraph& graph = config.manifest.graph;
  for (const auto& [task, node] : config.assign) {
    if (config.is_here(task)) tasks_.insert(task);
  }
  const std::string follow(worker::kFollowTask);
  for (const std::string& topic : graph.topics()) topics_.insert(topic);
  for (const graph::TaskDecl& task : graph.tasks) {
    if (!tasks_.contains(task.name)) continue;
    for (const graph::Port& port : task.sub) subscribed_.insert({task.name, port.topic});
    for (const graph::Port& port : task.pub) {
      published_.insert({task.name, port.topic});
      longest_stats_ += kEscaped * port.type.size();
    }
  }
  if (tasks_.contains(follow)) {
    for (const std::string& topic : graph.result_topics()) {
      results_.insert(topic);
      subscribed_.insert({follow, topic});
    }
  }
  const auto names = [](const TaskAndTopic& entry) {
    return kNumbers + kEscaped * (entry.first.size() + entry.second.size());
  };
  for (const auto& entry : published_) longest_stats_ += names(entry);
  for (const auto& entry : subscribed_) longest_stats_ += names(entry) + kHistogram;
  for (const std::string& task : tasks_) longest_stats_ += 2 * kNumbers + kEscaped * task.size();
  for (const std::string& topic : topics_)
    longest_stats_ += kNumbers + kWriters + kEscaped * topic.size();
  std::set<std::string> nodes;
  for (const auto& [task, node] : config.assign) nodes.insert(node);
  for (const std::string& node : nodes) longest_stats_ += kNumbers + kEscaped * node.size();
}

std::size_t EventStream::limit(Kind kind) const {
  constexpr std::size_t kText = kFrame + kEscaped * worker::kLongestText;
  switch (kind) {
    case Kind::kJoined:
    case Kind::kReady:
    case Kind::kAlive:
      return kFrame;
    case Kind::kRefused:
    case Kind::kBroken:
    case Kind::kTask:
    case Kind::kLog:
      return kText;
    case Kind::kResult:
      return results_.empty() ? kFrame : worker::kLongestResult;
    case Kind::kStats:
    case Kind::kDone:
      return kFrame + longest_stats_;
  }
  return kFrame;
}

Result<void> EventStream::add(
    std::string_view bytes,
    const std::function<void(worker::Event event, std::size_t bytes)>& take) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    // Its kind, and with it the limit, is known from the first bytes.
    const std::size_t head =
        line_limit_ == 0 ? std::min(part.size(), kBegin.size() + kLongestKind) : std::size_t{0};
    line_ += part.substr(0, head);
    if (line_limit_ == 0) MORT_TRY_VOID(check_begin());
    if (line_limit_ != 0 && line_.size() + part.size() - head > line_limit_) {
      return no_event("a line of more than " + std::to_string(line_limit_) + " bytes: \"" +
                      line_.substr(0, 40) + "...\"");
    }
    line_ += part.substr(head);
    if (end == std::string_view::npos) return {};
    bytes.remove_prefix(end + 1);
    auto event = worker::event_from_json(line_);
    if (!event) return no_event(event.error().message.substr(0, 200));
    MORT_TRY_VOID(check(*event));
    take(std::move(*event), line_.size());
    line_.clear();
    if (line_.capacity() > worker::kLongestText) line_.shrink_to_fit();
    line_limit_ = 0;
  }
  return {};
}

Result<void> EventStream::check_begin() {
  const std::size_t known = std::min(line_.size(), kBegin.size());
  if (std::string_view(line_).substr(0, known) != kBegin.substr(0, known))
    return no_event("\"" + line_.substr(0, 40) + "\"");
  if (line_.size() <= kBegin.size()) return {};
  const std::size_t end = line_.find('"', kBegin.size());
  if (end == std::string::npos) {
    if (line_.size() < kBegin.size() + kLongestKind) return {};
    return no_event("\"" + line_ + "\"");
  }
  const auto kind =
      worker::event_kind(std::string_view(line_).substr(kBegin.size(), end - kBegin.size()));
  if (!kind) return no_event("\"" + line_.substr(0, end) + "\"");
  line_limit_ = limit(*kind);
  return {};
}

Result<void> EventStream::check(const worker::Event& event) const {
  switch (event.kind) {
    case Kind::kJoined:
      if (!bus::participant_from(event.text))
        return no_event("no participant: \"" + event.text + "\"");
      return {};
    case Kind::kReady:
    case Kind::kRefused:
    case Kind::kBroken:
    case Kind::kAlive:
      return {};
    case Kind::kTask:
      if (!tasks_.contains(event.task)) return no_event("no task here: \"" + event.task + "\"");
      if (!is_state(event.state)) return no_event("no state: \"" + event.state + "\"");
      return {};
    case Kind::kLog:
      if (!event.task.empty() && !tasks_.contains(event.task))
        return no_event("no task here: \"" + event.task + "\"");
      return {};
    case Kind::kResult:
      if (!results_.contains(event.topic))
        return no_event("no result topic: \"" + event.topic + "\"");
      return {};
    case Kind::kStats:
    case Kind::kDone:
      return check(event.stats);
  }
  return {};
}

Result<void> EventStream::check(const worker::Stats& stats) const {
  // No entry may come twice as often as it can be there: each is kept.
  if (stats.published.size() > published_.size() || stats.subscribed.size() > subscribed_.size() ||
      stats.received.size() > topics_.size() || stats.tasks.size() > tasks_.size())
    return no_event("statistics of more than there is");
  const auto unknown = [](const std::string& what) { return no_event("no such port: " + what); };
  for (const auto& entry : stats.published) {
    if (!published_.contains({entry.task, entry.topic})) return unknown(entry.topic);
  }
  for (const auto& entry : stats.subscribed) {
    if (!subscribed_.contains({entry.task, entry.topic})) return unknown(entry.topic);
  }
  for (const auto& entry : stats.received) {
    if (!topics_.contains(entry.topic)) return unknown(entry.topic);
    if (entry.writers.size() > worker::ReceivedStats::kMostWriters)
      return no_event("more writers of " + entry.topic + " than are told");
  }
  for (const auto& entry : stats.tasks) {
    if (!tasks_.contains(entry.task)) return no_event("no task here: " + entry.task);
  }
  return {};
}

}  // namespace mort::agent
