#include "probe.hpp"

namespace m {

using namespace std::chrono_literals;
class T : public mort::Task {
 public:
  explicit T(std::chrono::milliseconds each) {
    constexpr auto kLimit = 3min;
    const auto period = std::chrono::duration_cast<std::chrono::microseconds>(each * 3 + 1s);
    RegTask("t" + std::to_string(period.count()) + (period < kLimit ? "_short" : "_long"),
    //      ^ error unknown-name: the name of this task is not known before the program runs: this operator is not followed
    // note: this operator is not followed
    // note: it is returned from `std::chrono::operator<=>`
    // note: which of the two is taken depends on it
    // note: it is joined to a text
    // note: in the call of `m::T::T`
    // note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
            {.period = period});
  }
  void Run() override {}
};
MORT_TASK(T, 250ms);

}  // namespace m
