// Which records an agent holds, by author. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mort/space/fold.hpp"
#include "mort/space/record.hpp"

namespace mort::space {

/// Which records of an author in a space are known: all up to and with `through`, and some beyond a
/// gap. A gap may stay for ever: a disk that is lost may have held the only copy.
struct Through {
  std::string space;
  std::string author;
  std::uint64_t through = 0;
  std::vector<std::uint64_t> beyond;  ///< sorted, the first kMostBeyond
  bool operator==(const Through&) const = default;
};

/// Two kinds of spaces. /right and /cmd are kept for ever, every record. Of /state the latest
/// record of each author and key is kept, until it expires.
enum class Kind { kDurable, kState };
inline Kind kind_of(const std::string& space) {
  return space == kState ? Kind::kState : Kind::kDurable;
}

/// Threads: one. Bounded: it holds at most kMostAuthors authors.
class Journal {
 public:
  static constexpr std::size_t kMostAuthors = 100'000;
  static constexpr std::size_t kMostBeyond = 1000;

  enum class Added {
    kNew,
    kKnown,    ///< it is here, or a later one of its key is
    kForked,   ///< another record of this author and number is here: two agents are one author
    kRefused,  ///< there are too many authors
  };
  struct Entry {
    Added added = Added::kKnown;
    std::vector<RecordPtr> dropped;  ///< /state: what it takes the place of
  };
  Entry add(const RecordPtr& record);
  /// Of /state: it has expired.
  void remove(const Record& record);

  std::uint64_t through(const std::string& space, const std::string& author) const;
  /// The highest number that the author has in the space, here.
  std::uint64_t last(const std::string& space, const std::string& author) const;
  std::vector<Through> vector(Kind kind) const;
  /// What `theirs` knows and this one does not, with what is known here.
  std::vector<Through> lacking(const std::vector<Through>& theirs) const;
  /// True when this one knows something of that kind which `theirs` does not.
  bool knows_more(const std::vector<Through>& theirs, Kind kind) const;

  struct Part {
    std::vector<RecordPtr> records;
    std::vector<Through> through;  ///< /state: with the records all is known up to there
    bool more = false;             ///< that was not all
  };
  /// Records beyond what `wanted` knows of its authors, up to some `bytes`.
  Part after(const std::vector<Through>& wanted, std::size_t bytes) const;
  /// /state: there is nothing up to there but what was sent, says a peer. Believed, since a later
  /// record is taken whatever its number.
  void vouch(const Through& through);

  /// Of all records of /right and /cmd, or of those of /state that are said once.
  const SetHash& hash(Kind kind) const {
    return kind == Kind::kDurable ? durable_hash_ : state_hash_;
  }

 private:
  struct Author {
    std::uint64_t through = 0;
    std::map<std::uint64_t, RecordPtr> records;
    std::map<std::string, std::uint64_t> latest;  ///< /state: number by key
  };
  using Name = std::pair<std::string, std::string>;  // space, author
  static void advance(Author& author);
  Through known_of(const Name& name) const;
  void toggle_in(const Record& record);

  std::map<Name, Author> authors_;
  SetHash durable_hash_{};
  SetHash state_hash_{};
};

}  // namespace mort::space
