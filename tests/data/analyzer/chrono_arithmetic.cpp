// task t1750000_short period=1750000000

#include "probe.hpp"

namespace m {

using namespace std::chrono_literals;
class T : public mort::Task {
 public:
  explicit T(std::chrono::milliseconds each) {
    constexpr auto kLimit = 3min;
    const auto period = std::chrono::duration_cast<std::chrono::microseconds>(each * 3 + 1s);
    RegTask("t" + std::to_string(period.count()) + (period < kLimit ? "_short" : "_long"),
            {.period = period});
  }
  void Run() override {}
};
MORT_TASK(T, 250ms);

}  // namespace m
