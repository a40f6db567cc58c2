// A log-linear histogram of durations: constant memory, quantiles within 7 %.
#pragma once

#include <array>
#include <cstdint>

#include "mort/base/clock.hpp"

namespace mort {

/// Counts durations in buckets whose width is 1/16 of their power of two.
/// Units: nanoseconds in, nanoseconds out. Cost: one bit scan and one increment a sample.
class Histogram {
 public:
  void add(Nanoseconds value);
  void merge(const Histogram& other);
  std::uint64_t count() const { return count_; }
  Nanoseconds max() const { return Nanoseconds(max_); }
  /// The upper edge of the bucket that holds quantile `q` (0..1); zero when empty.
  Nanoseconds quantile(double q) const;

  static constexpr std::size_t kBuckets = 16 * 61;
  const std::array<std::uint32_t, kBuckets>& buckets() const { return buckets_; }
  /// Adds what another process counted in one bucket; an index out of range is ignored.
  void add_bucket(std::size_t bucket, std::uint32_t count);
  void raise_max(Nanoseconds max);

 private:
  std::array<std::uint32_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace mort
