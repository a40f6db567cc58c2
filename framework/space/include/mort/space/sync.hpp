// How the agents of a fleet come to hold the same records: what to store, say and answer, as a pure
// function of what came. No I/O; the time is told.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mort/base/clock.hpp"
#include "mort/space/fold.hpp"
#include "mort/space/journal.hpp"
#include "mort/space/record.hpp"

namespace mort::space {

/// What one agent says to another, apart from new records, which go to all.
struct Note {
  enum class What : std::uint32_t {
    kSummary,  ///< hashes of what I hold: is it what you hold?
    kVector,   ///< no; this is what I hold
    kWant,     ///< send me what is beyond this
    kRecords,  ///< here they are
    kReceipt,  ///< your records up to there are on my disk
  };
  std::string from;  ///< node
  What what = What::kSummary;
  SetHash durable{};        ///< kSummary: of /right and /cmd
  SetHash state{};          ///< kSummary: of what /state says once
  bool stored = true;       ///< kSummary: all of it is on the disk
  bool of_durable = false;  ///< kVector: what it is of; a list may be empty
  bool of_state = false;
  bool answered = false;  ///< kVector: it answers one
  bool more = false;      ///< kRecords: there are more
  std::vector<Through> through;
  std::vector<Envelope> records;
  std::vector<std::uint64_t> ages_ms;  ///< of the records with a lifetime: how long they are known
};

/// Threads: one. The protocol, in short. A new record goes to all at once; whoever stores it sends
/// its author a receipt. That is fast, and nothing depends on it. Certainty is the exchange: at
/// each tick an agent sends the hashes of what it holds to two neighbours. Where they differ the
/// two compare what they know by author, and each asks for what it lacks, of one peer at a time.
/// What came so is told on at once, as a summary to all neighbours. An agent's neighbours are the
/// nodes 1, 2, 4, 8, ... places after it in the order of their names, so that a fleet of n nodes is
/// crossed in log n steps and nobody talks to all.
class Sync {
 public:
  struct Options {
    std::string node;
    std::string author;
    std::uint64_t boot = 1;
  };
  explicit Sync(Options options) : options_(std::move(options)) {}

  struct Letter {
    std::string to;  ///< node
    Note note;
  };
  /// What is to be done, in this order: store, then the rest.
  struct Ready {
    std::vector<RecordPtr> persist;  ///< persisted() or not_persisted() tells how it went
    std::vector<RecordPtr> publish;
    std::vector<Letter> letters;
    std::vector<Fold::Change> changes;
    std::vector<RecordPtr> namesakes;   ///< of /state, by other runs of this node's agent
    std::vector<std::string> warnings;  ///< one line each
  };
  Ready take_ready();

  /// From the disk, before all else.
  void load(const RecordPtr& record);
  /// The next record of this agent. It is nothing yet: commit() makes it count.
  RecordPtr propose(const std::string& space, const std::string& key, std::string body,
                    Nanoseconds lifetime, std::int32_t priority, Nanoseconds wall);
  /// A record of /right or /cmd is on the disk before this.
  void commit(const RecordPtr& record, Nanoseconds now);

  void receive(const RecordPtr& record, Nanoseconds now);
  void receive(const Note& note, Nanoseconds now);
  /// The nodes that are reached now, this one apart.
  void set_peers(std::set<std::string> peers);
  void tick(Nanoseconds now);
  void persisted(const std::vector<RecordPtr>& records);
  /// They count all the same, without a receipt, and come again with a later tick.
  void not_persisted(std::vector<RecordPtr> records);

  const Fold& fold() const { return fold_; }
  const Journal& journal() const { return journal_; }
  /// Nodes (this one apart) that have stored this agent's records up to `seq`.
  std::set<std::string> holders(const std::string& space, std::uint64_t seq) const;
  /// Nodes that a summary may go to.
  std::vector<std::string> neighbours() const;

 private:
  /// False when nothing new was learnt.
  bool insert(const RecordPtr& record, Nanoseconds age, Nanoseconds now);
  void watch_own_node(const RecordPtr& record, Nanoseconds now);
  void step_summary(const Note& note);
  void step_vector(const Note& note, Nanoseconds now);
  void step_want(const Note& note, Nanoseconds now);
  void step_records(const Note& note, Nanoseconds now);
  void ask(const std::string& peer, const std::vector<Through>& theirs, Nanoseconds now);
  std::uint64_t stored_through(const std::string& space, const std::string& author) const;
  void send(const std::string& to, Note note);
  Note summary() const;
  Note vector_note(bool of_durable, bool of_state) const;
  void tell_neighbours(const std::string& but);
  void expire(Nanoseconds now);

  struct Question {
    std::string peer;
    std::vector<Through> theirs;  ///< what the peer knows
    Nanoseconds until{0};
  };
  struct Life {
    RecordPtr record;
    Nanoseconds since{0};
  };

  const Options options_;
  std::uint64_t boot_ = options_.boot;
  HybridClock stamps_;
  Journal journal_;
  Fold fold_;
  std::map<std::string, std::uint64_t> own_;  ///< last number, by space
  std::set<std::string> peers_;
  std::size_t turn_ = 0;  ///< of the neighbours
  std::optional<Question> question_;
  std::map<std::string, Life> lives_;  ///< by id: records with a lifetime
  std::vector<RecordPtr> unstored_;
  std::map<std::string, std::map<std::string, std::uint64_t>> holders_;  ///< node, space
  bool fork_told_ = false;
  Ready ready_;
};

}  // namespace mort::space
