// Two live agents with one node id, as a cloned card makes them: which one gives way. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace mort::agent {

/// What an agent says of its run beside what its node is.
struct Beat {
  std::int64_t up_ms = 0;  ///< since it started
  std::string address;     ///< where to look for it, for a person
};

/// Watches what other runs of this node's agent say. An earlier run is heard of for a while, but
/// says nothing new.
class NamesakeWatch {
 public:
  struct Finding {
    std::string author;
    std::string address;
    bool gives_way = false;  ///< this agent is the younger one
  };
  /// `number` is that of the record. Gives a finding once an author, when it says something new for
  /// the second time.
  std::optional<Finding> heard(const std::string& own_author, std::int64_t own_up_ms,
                               const std::string& author, std::uint64_t number, const Beat& beat);

 private:
  static constexpr std::size_t kMostAuthors = 64;
  struct Heard {
    std::uint64_t number = 0;
    int news = 0;
  };
  std::map<std::string, Heard> authors_;
};

}  // namespace mort::agent
