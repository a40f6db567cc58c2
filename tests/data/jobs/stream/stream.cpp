// Source -> Relay -> Sink at 50 Hz; the sink knows what it saw: how many, their sum, gaps and
// repetitions.
#include <cstdint>

#include "mort/task/task.hpp"

namespace stream {

struct Number {
  std::int64_t number = 0;
};
struct Seen {
  std::int64_t count = 0;
  std::int64_t sum = 0;
  std::int64_t gaps = 0;
  std::int64_t back = 0;
  std::int64_t last = -1;
};

class Source : public mort::Task {
 public:
  Source() {
    RegTask("Source", {.period = std::chrono::milliseconds(20)});
    RegPub({"stream/numbers"});
  }
  void Run() override {
    const std::int64_t count = IntParam("count");
    for (std::int64_t i = 0; i < count && WaitTick(); ++i) Publish("stream/numbers", Number{i});
  }
};

class Relay : public mort::Task {
 public:
  Relay() {
    RegTask("Relay");
    RegSub({"stream/numbers"});
    RegPub({"stream/relayed"});
  }
  void Run() override {
    while (const auto number = Take<Number>("stream/numbers")) Publish("stream/relayed", *number);
  }
};

class Sink : public mort::Task {
 public:
  Sink() {
    RegTask("Sink");
    RegSub({"stream/relayed"});
    RegPub({"stream/seen"});
  }
  void Run() override {
    Seen seen;
    while (const auto number = Take<Number>("stream/relayed")) {
      ++seen.count;
      seen.sum += number->number;
      if (number->number <= seen.last)
        ++seen.back;
      else if (number->number != seen.last + 1)
        ++seen.gaps;
      seen.last = number->number;
      if (seen.count % 50 == 0) Log("at " + std::to_string(seen.last));
      Publish("stream/seen", seen);
    }
  }
};

MORT_TASK(Source);
MORT_TASK(Relay);
MORT_TASK(Sink);

}  // namespace stream
