// task t cpu=1500 period=20005000 stack=65536
// task u cpu=500 period=20000000

#include "probe.hpp"

namespace m {

using namespace std::chrono_literals;
class T : public mort::Task {
 public:
  T(int ms, double cpu) {
    mort::TaskOptions options;
    options.cpu = cpu * 2;
    options.period = std::chrono::milliseconds(ms) + 5us;
    options.stack_bytes = 64 << 10;
    RegTask("t", options);
  }
  void Run() override {}
};

class U : public mort::Task {
 public:
  U() { RegTask("u", {.cpu = 0.5, .period = kPeriod}); }
  void Run() override {}
  static constexpr auto kPeriod = 1000ms / 50;
};
MORT_TASK(T, 20, 0.75);
MORT_TASK(U);

}  // namespace m
