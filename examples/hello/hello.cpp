// Sensor publishes `count` temperatures; Average keeps their mean and publishes it.
#include "messages.hpp"
#include "mort/task/task.hpp"

namespace hello {

class Sensor : public mort::Task {
 public:
  Sensor() {
    RegTask("Sensor", {.period = std::chrono::milliseconds(20)});
    RegPub({"temperature"});
  }
  void Run() override {
    const std::int64_t count = IntParam("count");
    for (std::int64_t i = 0; i < count && WaitTick(); ++i) {
      Publish("temperature", Reading{i, 20.0 + static_cast<double>(i % 5)});
    }
  }  // returning ends the stream; Average then takes what is left and ends too
};

class Average : public mort::Task {
 public:
  Average() {
    RegTask("Average");
    RegSub({"temperature"});
    RegPub({"average"});
  }
  void Run() override {
    Summary summary;
    while (const auto reading = Take<Reading>("temperature")) {
      ++summary.readings;
      summary.sum += reading->celsius;
      summary.mean = summary.sum / static_cast<double>(summary.readings);
      Publish("average", summary);
    }
  }
};

MORT_TASK(Sensor);
MORT_TASK(Average);

}  // namespace hello
