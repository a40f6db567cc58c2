// task fast cpu=250 period=10000000 stack=65536
// task slow cpu=250 period=1000000000 stack=65536

#include "probe.hpp"

namespace m {

using namespace std::chrono_literals;
constexpr mort::TaskOptions kSlow{.cpu = 0.25, .period = 1s, .stack_bytes = 1 << 16};
mort::TaskOptions faster(mort::TaskOptions options, int times) {
  options.period /= times;
  return options;
}

class Slow : public mort::Task {
 public:
  Slow() { RegTask("slow", kSlow); }
  void Run() override {}
};

class Fast : public mort::Task {
 public:
  Fast() { RegTask("fast", faster(kSlow, 100)); }
  void Run() override {}
};
MORT_TASK(Slow);
MORT_TASK(Fast);

}  // namespace m
