#include "holds.hpp"

#include <algorithm>

namespace mort::worker {

void Holds::start(Nanoseconds now) {
  started_ = true;
  for (const auto& [topic, nodes] : readers_) {
    for (const std::string& node : nodes) last_heard_[node] = now;
  }
}

void Holds::heard(const std::string& node, Nanoseconds now) {
  const auto found = last_heard_.find(node);
  if (found == last_heard_.end()) return;
  found->second = now;
  told_.erase(node);
  given_up_.erase(node);
}

void Holds::matched(const std::string& topic, const std::set<std::string>& nodes) {
  if (readers_.contains(topic)) matched_[topic] = nodes;
}

bool Holds::holds(const std::string& topic) const {
  const auto readers = readers_.find(topic);
  if (!started_ || readers == readers_.end()) return false;
  const auto here = matched_.find(topic);
  return std::any_of(readers->second.begin(), readers->second.end(), [&](const std::string& node) {
    if (given_up_.contains(node)) return false;
    return here == matched_.end() || !here->second.contains(node);
  });
}

std::vector<std::string> Holds::expired(Nanoseconds now) {
  std::vector<std::string> nodes;
  for (const auto& [node, heard] : last_heard_) {
    if (now - heard >= hold_for_ && told_.insert(node).second) nodes.push_back(node);
  }
  return nodes;
}

std::vector<std::string> Holds::topics_of(const std::string& node) const {
  std::vector<std::string> topics;
  for (const auto& [topic, nodes] : readers_) {
    if (nodes.contains(node)) topics.push_back(topic);
  }
  return topics;
}

}  // namespace mort::worker
