// Whole-number draws that give the same sequence on every machine: std::mt19937_64 is specified to
// the bit, the distributions of the standard library are not.
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/placement_study/dag_stats.hpp"

namespace mort::placement_study {

class Draws {
 public:
  explicit Draws(std::uint64_t seed) : engine_(seed) {}

  /// Evenly from 0..n-1; n >= 1.
  std::int64_t below(std::int64_t n) {
    MORT_CHECK(n >= 1);
    const auto range = static_cast<std::uint64_t>(n);
    const std::uint64_t excess = (UINT64_MAX % range + 1) % range;  // 2^64 modulo range
    std::uint64_t drawn = engine_();
    while (drawn > UINT64_MAX - excess) drawn = engine_();
    return static_cast<std::int64_t>(drawn % range);
  }

  std::size_t index(std::size_t size) {
    return static_cast<std::size_t>(below(static_cast<std::int64_t>(size)));
  }

  /// Evenly from low..high.
  std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }

  /// An index, by weight; the weights are not negative and not all 0.
  std::size_t weighted(const std::vector<std::int64_t>& weights) {
    std::int64_t total = 0;
    for (const std::int64_t weight : weights) total += weight;
    std::int64_t left = below(total);
    std::size_t at = 0;
    while (left >= weights[at]) left -= weights[at++];
    return at;
  }

  /// A value from counts over ranges.
  std::int64_t from(const Counts& counts) {
    const std::size_t at = weighted(counts.counts);
    return between(counts.bins[at] + 1, counts.bins[at + 1]);
  }

  /// `count` different ones of 0..size-1, in random order.
  std::vector<std::int32_t> sample(std::size_t size, std::size_t count) {
    std::vector<std::int32_t> all(size);
    for (std::size_t i = 0; i < size; ++i) all[i] = static_cast<std::int32_t>(i);
    for (std::size_t i = 0; i < count; ++i) std::swap(all[i], all[i + index(size - i)]);
    all.resize(count);
    return all;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace mort::placement_study
