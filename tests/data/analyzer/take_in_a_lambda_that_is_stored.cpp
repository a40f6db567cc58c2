// task reader sub=a:m::Other
// task source pub=a:m::A

#include <functional>

#include "probe.hpp"

namespace m {

struct Other {
  double y;
};

class Source : public Probe {
 public:
  Source() { ports("source", {}, {"a"}); }
};
MORT_TASK(Source);

class Reader : public mort::Task {
 public:
  Reader() {
    RegTask("reader");
    RegSub({"a"});
    //      ^ error type-mismatch: topic "a" has type m::A, but task "reader" uses it as m::Other
    // note: they differ: field 1 is "x" in one and "y" in the other
  }
  void Run() override {
    std::vector<std::function<void()>> steps;
    steps.push_back([this] { TryTake<Other>("a"); });
    for (auto& step : steps) step();
  }
};
MORT_TASK(Reader);

}  // namespace m
