// Which topics wait for readers that are away, and for how long.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mort/base/clock.hpp"

namespace mort::worker {

/// Publishers of topics that block wait for the readers of their job on other nodes: while one is
/// not matched nothing is sent, and while its node is not heard DDS keeps what it has not
/// acknowledged. A node that was not heard for `hold_for` is given up. Pure: the caller says what
/// has happened and when. Threads: one.
class Holds {
 public:
  /// `readers`: by topic, the other nodes that read it.
  Holds(std::map<std::string, std::set<std::string>> readers, Nanoseconds hold_for)
      : readers_(std::move(readers)), hold_for_(hold_for) {}

  /// The job starts: every node counts as heard.
  void start(Nanoseconds now);
  void heard(const std::string& node, Nanoseconds now);
  /// The nodes whose readers of `topic` are matched now.
  void matched(const std::string& topic, const std::set<std::string>& nodes);
  /// Whether the publisher of `topic` must wait.
  bool holds(const std::string& topic) const;
  /// Nodes that have not been heard for too long, each told once until it is heard again.
  std::vector<std::string> expired(Nanoseconds now);
  /// Nobody waits for the node until it is heard again.
  void give_up(const std::string& node) { given_up_.insert(node); }
  /// Topics that the node reads.
  std::vector<std::string> topics_of(const std::string& node) const;

 private:
  const std::map<std::string, std::set<std::string>> readers_;
  const Nanoseconds hold_for_;
  std::map<std::string, std::set<std::string>> matched_;
  std::map<std::string, Nanoseconds> last_heard_;
  std::set<std::string> told_;
  std::set<std::string> given_up_;
  bool started_ = false;
};

}  // namespace mort::worker
