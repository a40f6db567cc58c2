// How long things waited, in 400 bytes: there is one for each task.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "mort/base/clock.hpp"

namespace mort::scheduler {

/// Count, sum, greatest, and quantiles within 25 % from 1 us to 17 s (mort::Histogram is finer and
/// ten times larger). Cost: one bit scan and a few additions a sample.
class DelayStats {
 public:
  void add(Nanoseconds delay) {
    const std::int64_t value = std::max<std::int64_t>(delay.count(), 0);
    ++buckets_[bucket_of(static_cast<std::uint64_t>(value))];
    ++count_;
    sum_ += value;
    max_ = std::max(max_, value);
  }
  std::uint64_t count() const { return count_; }
  Nanoseconds sum() const { return Nanoseconds(sum_); }
  Nanoseconds max() const { return Nanoseconds(max_); }
  /// The upper edge of the bucket that holds quantile `q` (0..1); zero when empty.
  Nanoseconds quantile(double q) const {
    const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      seen += buckets_[bucket];
      if (seen >= std::max<std::uint64_t>(rank, 1))
        return Nanoseconds(std::min(upper_edge(bucket), max_));
    }
    return max();
  }
  void merge(const DelayStats& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
  }

 private:
  static constexpr int kFirstBit = 10;  ///< all that is shorter than 2^10 ns is one bucket
  static constexpr std::size_t kBuckets = 98;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < (std::uint64_t{1} << kFirstBit)) return 0;
    const int top = static_cast<int>(std::bit_width(value)) - 1;
    const auto quarter = (value >> (top - 2)) & 3U;
    return std::min<std::size_t>(1 + static_cast<std::size_t>(top - kFirstBit) * 4 + quarter,
                                 kBuckets - 1);
  }
  static std::int64_t upper_edge(std::size_t bucket) {
    if (bucket == 0) return (std::int64_t{1} << kFirstBit) - 1;
    if (bucket == kBuckets - 1) return INT64_MAX;
    const auto octave = static_cast<int>((bucket - 1) / 4) + kFirstBit;
    const auto quarter = static_cast<std::int64_t>((bucket - 1) % 4);
    return ((quarter + 5) << (octave - 2)) - 1;
  }

  std::array<std::uint32_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::int64_t sum_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace mort::scheduler
