#include "mort/base/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mort {
namespace {

std::size_t bucket_of(std::uint64_t value) {
  if (value < 16) return value;
  const int exponent = std::bit_width(value) - 5;  // value >> exponent is in 16..31
  return static_cast<std::size_t>(exponent) * 16 + (value >> exponent);
}

std::uint64_t upper_edge(std::size_t bucket) {
  if (bucket < 32) return bucket;
  const auto exponent = bucket / 16 - 1;
  return ((bucket - exponent * 16 + 1) << exponent) - 1;
}

}  // namespace

void Histogram::add(Nanoseconds value) {
  const std::int64_t count = std::max<std::int64_t>(value.count(), 0);
  const auto bucket = std::min(bucket_of(static_cast<std::uint64_t>(count)), kBuckets - 1);
  ++buckets_[bucket];
  ++count_;
  max_ = std::max(max_, count);
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

void Histogram::add_bucket(std::size_t bucket, std::uint32_t count) {
  if (bucket >= kBuckets) return;
  buckets_[bucket] += count;
  count_ += count;
}

void Histogram::raise_max(Nanoseconds max) {
  max_ = std::max<std::int64_t>(max_, max.count());
}

Nanoseconds Histogram::quantile(double q) const {
  if (count_ == 0) return Nanoseconds(0);
  const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= std::max<std::uint64_t>(rank, 1)) {
      return Nanoseconds(std::min<std::int64_t>(static_cast<std::int64_t>(upper_edge(i)), max_));
    }
  }
  return max();
}

}  // namespace mort
