// Random draws that are the same on every machine: integers only, no standard distribution.
#pragma once

#include <bit>
#include <cstdint>
#include <random>

namespace mort::offload {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}

  /// Uniform in [0, count); count > 0 and at most 2^31.
  std::int32_t below(std::int64_t count) {
    return static_cast<std::int32_t>(((engine_() >> 33) * static_cast<std::uint64_t>(count)) >> 31);
  }

  /// Exponential of mean `mean`, in whole numbers: -ln(u) by the bits of u, its logarithm between
  /// powers of two taken as a straight line. 0 <= mean <= 2^42.
  std::int64_t exponential(std::int64_t mean) {
    constexpr std::int64_t kLn2 = 45426;  // in 65536ths
    const std::uint64_t u = engine_() | 1;
    const int zeros = std::countl_zero(u);
    const auto fraction = zeros == 63 ? 0 : static_cast<std::int64_t>((u << (zeros + 1)) >> 48);
    const std::int64_t log2 = (static_cast<std::int64_t>(zeros + 1) << 16) - fraction;
    return (mean * ((log2 * kLn2) >> 24)) >> 8;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace mort::offload
