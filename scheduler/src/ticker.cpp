#include "mort/scheduler/ticker.hpp"

namespace mort::scheduler {

void Ticker::advance(Nanoseconds now) {
  ++ticks_;
  working_ = true;
  lateness_.add(now - next_);
  next_ += period_;
  if (next_ <= now) {
    const auto behind = static_cast<std::uint64_t>((now - next_) / period_);
    missed_ += behind;
    next_ += period_ * static_cast<Nanoseconds::rep>(behind);
  }
}

}  // namespace mort::scheduler
