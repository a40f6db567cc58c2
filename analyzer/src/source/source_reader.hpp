// Reads the sources of a job, each from the cache or in a process of its own, and those together
// that define what others need.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "mort/analyzer/analyzer.hpp"
#include "source/parse.hpp"
#include "source/unit_cache.hpp"

namespace mort::analyzer {

class SourceReader {
 public:
  explicit SourceReader(const Options& options);

  /// In the order of the inputs.
  std::vector<Unit> read(const std::vector<ParseInput>& inputs);
  /// How often a source was parsed, not found in the cache.
  int parsed() const { return parsed_; }

 private:
  std::vector<Unit> read_each(const std::vector<ParseInput>& inputs);
  /// Sources that define what `unit` needs, besides itself.
  std::set<std::size_t> definers(std::size_t self, const Unit& unit,
                                 const std::vector<ParseInput>& inputs,
                                 const std::map<std::string, std::size_t>& defined) const;

  const Options& options_;
  UnitCache cache_;
  int parsed_ = 0;
};

}  // namespace mort::analyzer
