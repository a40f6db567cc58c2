// Whether a worker still answers.
#pragma once

#include <optional>

#include "mort/base/clock.hpp"

namespace mort::agent {

/// A worker beats once a second, from the first beat on. It is taken for stuck when it was not
/// heard in five looks that lie a second or more apart. Looks are counted, not time: while the
/// agent itself was held up, it did not look.
class Watchdog {
 public:
  static constexpr int kPatience = 5;  ///< looks
  static constexpr Nanoseconds kPeriod = std::chrono::seconds(1);

  /// Something came from the worker.
  void heard() { silent_ = 0; }
  /// Its first beat came: from now on it beats.
  void arm() { armed_ = true; }
  /// True when the worker is stuck. May be called as often as one likes.
  bool look(Nanoseconds now) {
    if (last_ && now - *last_ < kPeriod) return false;
    last_ = now;
    return armed_ && ++silent_ > kPatience;
  }

 private:
  bool armed_ = false;
  int silent_ = 0;
  std::optional<Nanoseconds> last_;
};

}  // namespace mort::agent
