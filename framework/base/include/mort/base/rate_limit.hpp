// How often something may happen: so many times at once, and so many a second.
#pragma once

#include <algorithm>
#include <optional>

#include "mort/base/clock.hpp"

namespace mort {

/// A token bucket. Units: whatever take() is asked for. Threads: one.
class RateLimit {
 public:
  RateLimit(double at_once, double per_second)
      : at_once_(at_once), per_second_(per_second), left_(at_once) {}
  /// True when there is room for `cost` now; then it is taken.
  bool take(Nanoseconds now, double cost = 1) {
    if (last_ && now > *last_) {
      const double seconds = std::chrono::duration<double>(now - *last_).count();
      left_ = std::min(at_once_, left_ + seconds * per_second_);
    }
    last_ = std::max(now, last_.value_or(now));
    if (left_ < cost) return false;
    left_ -= cost;
    return true;
  }

 private:
  const double at_once_;
  const double per_second_;
  double left_;
  std::optional<Nanoseconds> last_;
};

}  // namespace mort
