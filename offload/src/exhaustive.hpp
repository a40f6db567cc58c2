// Every plan of a small instance, as far as it can still be better: the proof that one is the best.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model.hpp"

namespace mort::offload {

/// With more tasks there is no hope to see all plans.
constexpr std::int32_t kSearchableTasks = 60;
constexpr std::int32_t kSearchableNodes = 1'000;

/// A plan than which there is none better.
struct Best {
  std::int64_t crossing;             ///< bit/s that cross, as the objective counts them
  std::vector<std::int32_t> assign;  ///< empty when it is the known plan
};

/// What of an assignment crosses, as the objective counts: traffic, or all rates less profit.
std::int64_t crossing(const Model& model, std::string_view objective,
                      const std::vector<std::int32_t>& assign);

/// Searches depth first, beginning with tasks that exchange most, and turns back where what crosses
/// already is not less than in the best plan so far, at first `known`. Nothing when that takes more
/// than `effort` elementary steps.
std::optional<Best> search_all(const Model& model, std::string_view objective,
                               const std::vector<std::int32_t>& known, std::int64_t effort);

}  // namespace mort::offload
