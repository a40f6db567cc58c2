// A controller and its plant in a loop, until the goals end.
#include "mort/task/task.hpp"

namespace loop {

struct Goal {
  std::int64_t number = 0;
  double value = 0;
};
struct Setpoint {
  std::int64_t number = 0;
  double value = 0;
};
struct Measured {
  std::int64_t number = 0;
  double value = 0;
};

class Goals : public mort::Task {
 public:
  Goals() {
    RegTask("Goals", {.period = std::chrono::milliseconds(100)});
    RegPub({"goal"});
  }
  void Run() override {
    for (int i = 0; i < 10 && WaitTick(); ++i) Publish("goal", Goal{i, 10.0 * i});
  }
};

/// What it reads of `measured` is feedback: the job YAML says so.
class Controller : public mort::Task {
 public:
  Controller() {
    RegTask("Controller", {.period = std::chrono::milliseconds(1)});
    RegSub({"goal", "measured"});
    RegPub({"setpoint"});
  }
  void Run() override {
    double goal = 0;
    double measured = 0;
    std::int64_t number = 0;
    while (WaitTick()) {
      while (const auto next = TryTake<Goal>("goal")) goal = next->value;
      while (const auto next = TryTake<Measured>("measured")) measured = next->value;
      Publish("setpoint", Setpoint{number++, measured + 0.1 * (goal - measured)});
    }
  }
};

class Plant : public mort::Task {
 public:
  Plant() {
    RegTask("Plant");
    RegSub({"setpoint"});
    RegPub({"measured"});
  }
  void Run() override {
    while (const auto set = Take<Setpoint>("setpoint"))
      Publish("measured", Measured{set->number, set->value});
  }
};

class Record : public mort::Task {
 public:
  Record() {
    RegTask("Record");
    RegSub({"measured"});
    RegPub({"final"});
  }
  void Run() override {
    while (const auto next = Take<Measured>("measured")) Publish("final", *next);
  }
};

MORT_TASK(Goals);
MORT_TASK(Controller);
MORT_TASK(Plant);
MORT_TASK(Record);

}  // namespace loop
