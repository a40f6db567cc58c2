// When a crashed worker is started again, and when that has no point any more.
#pragma once

#include <cstdint>
#include <string>

#include "mort/base/clock.hpp"

namespace mort::agent {

/// Crashes of one worker that followed each other without a minute of health between two.
struct CrashHistory {
  std::uint32_t count = 0;
  Nanoseconds first{0};  ///< when
};

struct AfterCrash {
  CrashHistory history;  ///< with this crash
  bool gives_up = false;
  Nanoseconds pause{0};  ///< before the next start, unless it gives up
};

/// `ran`: how long the worker was there before it crashed at `now`. `jitter` in 0..1 spreads the
/// starts of several workers: a pause is 80 to 120 % of 0.1, 0.5, 2, 10 and 30 s, in this order.
/// A sixth crash gives up; 60 s of health begin anew.
AfterCrash after_crash(CrashHistory history, Nanoseconds now, Nanoseconds ran, double jitter);

/// "6 times in 43 s"
std::string describe(const CrashHistory& history, Nanoseconds now);

}  // namespace mort::agent
