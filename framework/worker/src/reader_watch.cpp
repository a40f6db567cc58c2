#include "reader_watch.hpp"

#include "mort/base/log.hpp"

namespace mort::worker {
namespace {

std::string seconds_of(Nanoseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", std::chrono::duration<double>(time).count());
  return text;
}

}  // namespace

ReaderWatch::ReaderWatch(const Config& config, bus::Bus& bus, scheduler::Lane& control,
                         std::function<void(const std::string&)> on_lost)
    : config_(config), bus_(bus), control_(control), on_lost_(std::move(on_lost)) {}

void ReaderWatch::add(Publication& publication, const std::set<std::string>& nodes) {
  const std::string& topic = publication.topic();
  if (nodes.empty() || !config_.manifest.job.topic(topic).block) return;
  watched_[topic].publication = &publication;
  nodes_[topic] = nodes;
}

void ReaderWatch::start() {
  holds_ = std::make_unique<Holds>(nodes_, Nanoseconds(config_.manifest.job.hold_for_ns));
  holds_->start(control_.clock().now());
  matched();
}

void ReaderWatch::heard(const std::string& node) {
  if (!holds_) return;
  holds_->heard(node, control_.clock().now());
}

void ReaderWatch::matched() {
  for (auto& [topic, watched] : watched_) {
    const auto nodes = reading_nodes(watched);
    if (holds_) holds_->matched(topic, nodes);
  }
  tell();
}

/// A node has one worker of a job: the reader that was found last counts. One that was there before
/// is of a worker that died and whose goodbye nobody could say, as that of an agent that died too.
std::set<std::string> ReaderWatch::reading_nodes(Watched& watched) {
  std::set<std::string> nodes;
  std::map<std::string, std::vector<bus::Guid>> found;
  for (const bus::Peer& peer : watched.publication->writer->matched()) {
    if (peer.info.job != config_.job || peer.info.epoch != config_.epoch) continue;
    nodes.insert(peer.info.node);
    found[peer.info.node].push_back(peer.guid);
  }
  for (const auto& [node, guids] : found) {
    const auto before = watched.readers.find(node);
    for (const bus::Guid& guid : guids) {
      if (before == watched.readers.end() || before->second != guid) {
        watched.readers[node] = guid;
        break;
      }
    }
    for (const bus::Guid& guid : guids) {
      if (guid != watched.readers[node]) bus_.forget(bus::participant_of(guid));
    }
  }
  return nodes;
}

void ReaderWatch::tell() {
  if (!holds_) return;
  for (auto& [topic, watched] : watched_) {
    watched.publication->held.store(holds_->holds(topic), std::memory_order_release);
  }
}

void ReaderWatch::look() {
  if (!holds_) return;
  for (const std::string& node : holds_->expired(control_.clock().now())) lose(node);
  tell();
}

void ReaderWatch::lose(const std::string& node) {
  std::string topics;
  for (const std::string& topic : holds_->topics_of(node))
    topics += (topics.empty() ? "" : ", ") + topic;
  const std::string cause =
      "the worker on " + node + ", which reads " + topics + ", was not heard for " +
      seconds_of(Nanoseconds(config_.manifest.job.hold_for_ns)) + " (hold_for)";
  if (config_.manifest.job.after_hold == graph::AfterHold::kFail) return on_lost_(cause);
  log::warning(cause + "; the job goes on without it");
  holds_->give_up(node);
  for (auto& [topic, watched] : watched_) {
    const auto reader = watched.readers.find(node);
    if (reader == watched.readers.end()) continue;
    bus_.forget(bus::participant_of(reader->second));
    watched.readers.erase(reader);
  }
}

}  // namespace mort::worker
