// Flags that are combined to a value without a name.
#include <cstdint>

#include "mort/task/task.hpp"

namespace flags {

enum Flags : std::uint8_t { NONE = 0, SERVO = 1, GRIPPER = 2, LIGHT = 4 };
struct Status {
  std::int64_t number = 0;
  Flags flags = NONE;
};
struct Count {
  std::int64_t number = 0;
  std::int64_t sum = 0;
  Flags last = NONE;
  Flags named = LIGHT;
};

class Source : public mort::Task {
 public:
  Source() {
    RegTask("Source", {.period = std::chrono::milliseconds(10)});
    RegPub({"status"});
  }
  void Run() override {
    for (int i = 0; i < 10 && WaitTick(); ++i)
      Publish("status", Status{i, static_cast<Flags>(SERVO | GRIPPER)});
  }
};

class Sink : public mort::Task {
 public:
  Sink() {
    RegTask("Sink");
    RegSub({"status"});
    RegPub({"count"});
  }
  void Run() override {
    Count count;
    while (const auto status = Take<Status>("status")) {
      ++count.number;
      count.sum += status->flags;
      count.last = status->flags;
      Publish("count", count);
    }
  }
};

MORT_TASK(Source);
MORT_TASK(Sink);

}  // namespace flags
