// Keeps what was read from a source for as long as no file that it was read from changes.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "mort/base/file_record.hpp"
#include "source/parse.hpp"

namespace mort::analyzer {

class UnitCache {
 public:
  /// `folder` is made when it is not there; empty: nothing is kept.
  explicit UnitCache(std::string folder);

  /// Nothing when the source was never read like this, or a file changed since.
  std::optional<Unit> find(const ParseInput& input);
  /// Fails silently: without it the source is read again.
  void keep(const ParseInput& input, const Unit& unit);

 private:
  std::string entry_of(const ParseInput& input) const;

  std::string folder_;
  FileHashes hashes_;
  std::chrono::system_clock::time_point begun_;
};

}  // namespace mort::analyzer
