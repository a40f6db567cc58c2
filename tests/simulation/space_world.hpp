// A fleet of replicas in one thread: one seed decides over delays, losses, partitions, clocks,
// disks and crashes. Checkers look at it while it runs and when it has come to rest.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "mort/bus/memory_bus.hpp"
#include "mort/space/replica.hpp"

namespace mort::simulation {

/// A clock whose wall time is wrong.
class WrongClock : public Clock {
 public:
  explicit WrongClock(const Clock& right) : right_(right) {}
  Nanoseconds now() const override { return right_.now(); }
  Nanoseconds wall() const override { return right_.wall() + error; }
  Nanoseconds error{0};

 private:
  const Clock& right_;
};

/// A disk: what is on it outlives its agent. It may be full, and may lie.
class Disk : public store::Store {
 public:
  Result<void> add_records(const std::vector<store::StoredRecord>& records) override;
  Result<void> remove_records(const std::vector<std::string>& ids) override;
  Result<std::vector<store::StoredRecord>> records() override { return rows_; }
  Result<void> put_value(const std::string&, const std::string&) override { return {}; }
  Result<std::optional<std::string>> value(const std::string&) override {
    return std::optional<std::string>();
  }
  bool has(const std::string& id) const;
  std::set<std::string> ids() const;
  /// Some bytes of a record change.
  void damage(std::mt19937_64& random);

  bool full = false;
  bool lies = false;  ///< a planted fault: says that it has stored what it drops
  std::uint64_t boots = 0;

 private:
  std::vector<store::StoredRecord> rows_;
};

/// What may be broken on purpose, to see that the checkers catch it.
struct Planted {
  bool lying_disk = false;       ///< acknowledged before it is on the disk
  bool no_exchange = false;      ///< what DDS loses never comes
  bool numbers_again = false;    ///< a restored disk goes on under its old name
  bool forged_equal = false;     ///< all summaries look equal
  bool forged_receipts = false;  ///< who has stored nothing says that it has all
  bool deaf_node = false;        ///< one node gets no letter
  bool no_answers = false;       ///< what is asked for is never sent
};

class SpaceWorld {
 public:
  SpaceWorld(std::uint64_t seed, int nodes, Planted planted = {});
  ~SpaceWorld();

  /// Faults and commands for that long, then rest.
  void run(Nanoseconds time);
  /// All faults end, all nodes are up; then time for the fleet to agree.
  void rest();
  /// What is wrong; empty: nothing. For the end of the test.
  std::string verdict();
  /// Everything that happened, as one hash.
  std::string trace_hash() const;
  std::size_t committed() const { return committed_.size(); }

 private:
  struct Node;
  struct Delivery {
    Nanoseconds at;
    std::uint64_t number;
    std::function<void()> action;
    bool operator<(const Delivery& other) const {
      return std::tie(at, number) > std::tie(other.at, other.number);  // the earliest on top
    }
  };

  bool chance(double share);
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  Node& any_node();
  void start(Node& node);
  void crash(Node& node);
  void turn();
  void step_faults();
  void step_commands();
  bool passes(const bus::TopicSpec& topic, const std::string& from, const std::string& to,
              std::vector<std::uint8_t>& payload);
  void look_at_acknowledgements();
  void note(const std::string& what);
  static std::string records_of(const space::Replica& replica, const std::string& key);
  static std::string difference(const space::Replica& a, const space::Replica& b);

  std::mt19937_64 random_;
  const Planted planted_;
  ManualClock clock_;
  std::priority_queue<Delivery> wire_;
  std::uint64_t deliveries_ = 0;
  std::unique_ptr<bus::MemoryNetwork> network_;
  std::map<std::string, std::unique_ptr<Node>> nodes_;
  double loss_ = 0;
  std::set<std::pair<std::string, std::string>> cut_;  ///< from, to
  bool faults_ = true;
  std::uint64_t values_ = 0;

  struct Committed {
    std::string key;
    std::string id;
    std::string node;
    std::uint64_t seq = 0;
    std::string author;
    bool acknowledged = false;
  };
  std::vector<Committed> committed_;
  std::set<std::string> lost_disks_;  ///< of nodes
  std::string fault_;                 ///< seen while running
  std::uint64_t trace_ = 0xcbf29ce484222325ULL;
};

}  // namespace mort::simulation
