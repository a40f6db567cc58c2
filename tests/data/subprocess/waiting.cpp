// A task that leaves two processes behind, one of them in a session of its own, and waits.
#include <chrono>
#include <cstdlib>
#include <string>

#include "mort/task/task.hpp"

namespace waiting {
struct Number {
  std::int64_t value = 0;
};

class Waiting : public mort::Task {
 public:
  Waiting() {
    RegTask("Waiting", {.period = std::chrono::milliseconds(20)});
    RegPub({"numbers"});
  }
  void Run() override {
    const std::string sleep = "sleep " + Param("seconds");
    const std::string both = sleep + " & setsid " + sleep + " >/dev/null 2>&1 </dev/null &";
    if (std::system(both.c_str()) != 0) return;
    for (std::int64_t i = 0; WaitTick(); ++i) Publish("numbers", Number{i});
  }
};
MORT_TASK(Waiting);
}  // namespace waiting
