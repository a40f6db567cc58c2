// One agent's copy of the three spaces: kept equal to all others by DDS (fast) and anti-entropy
// (certain).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mort/bus/bus.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/space/record.hpp"
#include "mort/store/store.hpp"

namespace mort::space {

struct Digest;
struct Pull;
struct Push;

/// Threads: the lane. Records of /right and /cmd are stored before they are sent; /state lives in
/// memory.
class Replica {
 public:
  struct Options {
    std::string node;
    std::string author;  ///< node id and database identity
    Nanoseconds digest_period = std::chrono::seconds(1);
  };
  /// Called on the lane after `key` of `space` may say something else.
  using OnChange = std::function<void(const std::string& space, const std::string& key)>;

  Replica(Options options, scheduler::Lane& lane, bus::Bus& bus, store::Store& store,
          OnChange on_change);
  ~Replica();

  /// Loads what is stored and joins the fleet. Errors: of the store and the bus.
  Result<void> open();
  /// Commits a record of this author. Errors: of the store.
  Result<Record> put(const std::string& space, const std::string& key, std::string body,
                     Nanoseconds lifetime, std::int32_t priority = 0);
  /// What `key` says now, if anything.
  const Record* get(const std::string& space, const std::string& key) const;
  /// All keys that begin with `prefix` and say something, sorted.
  std::map<std::string, const Record*> list(const std::string& space,
                                            const std::string& prefix) const;
  /// Nodes (this one apart) known to have stored all records of this author up to `seq`.
  std::set<std::string> holders(const std::string& space, std::uint64_t seq) const;

 private:
  struct Entry {
    Record record;
    std::optional<Nanoseconds> expires;
  };
  struct Author {
    std::uint64_t through = 0;
    std::map<std::uint64_t, std::string> keys;  ///< live records: seq -> key
    std::set<std::uint64_t> ahead;              ///< received beyond a gap
  };
  using KeyEntries = std::map<std::pair<std::string, std::uint64_t>, Entry>;  // (author, seq)

  Result<void> open_endpoints();
  void read_records(bus::Reader& reader);
  void read_digests();
  void read_pulls();
  void read_pushes();
  bool knows(const Record& record) const;
  /// False when it could not be stored, and so is not known.
  bool insert(Record record, bool store);
  void advance(Author& author, std::uint64_t seq);
  std::uint64_t most_believable(const std::string& space, const Author& author) const;
  void send(const Record& record);
  void send_digest();
  void answer(const Pull& pull);
  void tick();
  void expire();
  void changed(const std::string& space, const std::string& key);

  const Options options_;
  scheduler::Lane& lane_;
  bus::Bus& bus_;
  store::Store& store_;
  const OnChange on_change_;
  HybridClock stamps_;
  std::map<std::string, std::map<std::string, KeyEntries>> entries_;  // space -> key
  std::map<std::pair<std::string, std::string>, Author> authors_;     // (space, author)
  std::map<std::string, std::map<std::string, std::uint64_t>>
      holders_;  // node -> space -> own records held
  std::map<std::string, std::unique_ptr<bus::Writer>> writers_;
  std::map<std::string, std::unique_ptr<bus::Reader>> readers_;
  bool open_ = false;
};

}  // namespace mort::space
