// One agent's copy of the three spaces: the exchange of Sync, with a bus, a disk and a clock.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "mort/bus/bus.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/space/sync.hpp"
#include "mort/store/store.hpp"

namespace mort::space {

/// Threads: the lane. Records of /right and /cmd are on the disk before anybody hears of them;
/// /state lives in memory.
class Replica {
 public:
  struct Options {
    std::string node;
    std::string author;      ///< of this run alone: node id, '.', a random name
    std::uint64_t boot = 1;  ///< above that of every run before
    Nanoseconds period = std::chrono::seconds(1);  ///< of the exchange
  };
  /// Called on the lane after `key` of `space` says something else.
  using OnChange = std::function<void(const std::string& space, const std::string& key)>;

  /// Called on the lane with what another run of this node's agent says in /state: an earlier one,
  /// or one that lives as well.
  std::function<void(const Record&)> on_namesake;

  Replica(Options options, scheduler::Lane& lane, bus::Bus& bus, store::Store& store,
          OnChange on_change);
  ~Replica();

  /// Loads what is stored and joins the fleet. Errors: of the store and the bus.
  Result<void> open();
  /// Commits a record of this author. Errors: of the store; kInvalid for one that is too large, and
  /// for a lifetime outside /state.
  Result<Record> put(const std::string& space, const std::string& key, std::string body,
                     Nanoseconds lifetime, std::int32_t priority = 0);
  /// What `key` says now, if anything.
  const Record* get(const std::string& space, const std::string& key) const {
    return sync_.fold().get(space, key);
  }
  /// All keys that begin with `prefix` and say something, sorted.
  std::map<std::string, const Record*> list(const std::string& space,
                                            const std::string& prefix) const {
    return sync_.fold().list(space, prefix);
  }
  /// Nodes (this one apart) that have stored this author's records up to `seq`.
  std::set<std::string> holders(const std::string& space, std::uint64_t seq) const {
    return sync_.holders(space, seq);
  }
  const Fold& fold() const { return sync_.fold(); }

 private:
  struct Outbox {
    std::unique_ptr<bus::Writer> writer;
    std::deque<Note> waiting;  ///< until the peer's reader is found
    Nanoseconds used{0};
  };

  Result<void> load();
  Result<void> open_endpoints();
  void read_records(bus::Reader& reader);
  void read_notes();
  void look_at_peers();
  void tick();
  void act();
  void store_all(const std::vector<RecordPtr>& records);
  void post(const Sync::Letter& letter);
  void flush(Outbox& outbox);
  void close_unused();

  const Options options_;
  scheduler::Lane& lane_;
  bus::Bus& bus_;
  store::Store& store_;
  const OnChange on_change_;
  Sync sync_;
  std::map<std::string, std::unique_ptr<bus::Writer>> writers_;  ///< by space
  std::map<std::string, std::unique_ptr<bus::Reader>> readers_;
  std::unique_ptr<bus::Reader> inbox_;
  std::map<std::string, Outbox> outboxes_;  ///< by node
  bool open_ = false;
  bool disk_failed_ = false;
  Nanoseconds next_try_{0};  ///< of the disk
  Nanoseconds patience_{0};
};

}  // namespace mort::space
