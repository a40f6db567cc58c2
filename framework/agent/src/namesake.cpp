#include "namesake.hpp"

#include <utility>

namespace mort::agent {

std::optional<NamesakeWatch::Finding> NamesakeWatch::heard(const std::string& own_author,
                                                           std::int64_t own_up_ms,
                                                           const std::string& author,
                                                           std::uint64_t number, const Beat& beat) {
  if (author == own_author) return std::nullopt;
  const auto found = authors_.find(author);
  if (found == authors_.end()) {
    if (authors_.size() < kMostAuthors) authors_[author] = {number, 0};
    return std::nullopt;
  }
  Heard& heard = found->second;
  if (number <= heard.number) return std::nullopt;
  heard.number = number;
  if (++heard.news != 2) return std::nullopt;
  // What was said is some milliseconds old when it is heard: of two that started at one time both
  // may take themselves for the older, and the names decide.
  constexpr std::int64_t kOneTime = 300;
  const std::int64_t older_by = own_up_ms - beat.up_ms;
  const bool gives_way = older_by < 0 || (older_by <= kOneTime && own_author > author);
  return Finding{author, beat.address, gives_way};
}

}  // namespace mort::agent
