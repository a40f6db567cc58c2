#include "mort/base/clock.hpp"

namespace mort {

Nanoseconds SystemClock::now() const {
  return std::chrono::duration_cast<Nanoseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
}

Nanoseconds SystemClock::wall() const {
  return std::chrono::duration_cast<Nanoseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace mort
