// Random draws that are the same on every machine: integers only, no standard distribution.
#pragma once

#include <bit>
#include <cstdint>

namespace mort::offload {

/// SplitMix64 (Steele, Lea, Flood 2014). With std::mt19937_64 a quarter of refine's time went to
/// drawing.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}

  /// Uniform in [0, count); count > 0 and at most 2^31.
  std::int32_t below(std::int64_t count) {
    return static_cast<std::int32_t>(((next() >> 33) * static_cast<std::uint64_t>(count)) >> 31);
  }

  /// Exponential of mean 1, in 65536ths: -ln(u) by the bits of u, its logarithm between powers of
  /// two taken as a straight line. At most 2^22.
  std::int64_t exponential() {
    constexpr std::int64_t kLn2 = 45426;  // in 65536ths
    const std::uint64_t u = next() | 1;
    const int zeros = std::countl_zero(u);
    const auto fraction = zeros == 63 ? 0 : static_cast<std::int64_t>((u << (zeros + 1)) >> 48);
    const std::int64_t log2 = (static_cast<std::int64_t>(zeros + 1) << 16) - fraction;
    return (log2 * kLn2) >> 16;
  }

 private:
  std::uint64_t next() {
    std::uint64_t bits = state_ += 0x9e3779b97f4a7c15;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
    return bits ^ bits >> 31;
  }

  std::uint64_t state_;
};

}  // namespace mort::offload
