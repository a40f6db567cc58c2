// task Controller sub=goal:m::A,~measured:m::A pub=setpoint:m::A
// task Goals pub=goal:m::A
// task Plant sub=setpoint:m::A pub=measured:m::A
// task Self sub=~state:m::A pub=state:m::A

#include "probe.hpp"

namespace m {

class Goals : public Probe {
 public:
  Goals() { ports("Goals", {}, {"goal"}); }
};

class Controller : public mort::Task {
 public:
  Controller() {
    RegTask("Controller");
    RegSub({"goal"});
    const std::string loop = "measured";
    RegFeedback({loop});
    RegPub({"setpoint"});
  }
  void Run() override {
    while (Take<A>("goal")) {
      TryTake<A>("measured");
      Publish("setpoint", A{});
    }
  }
};

class Plant : public Probe {
 public:
  Plant() { ports("Plant", {"setpoint"}, {"measured"}); }
};

class Self : public mort::Task {
 public:
  Self() {
    RegTask("Self");
    RegFeedback({"state"});
    RegPub({"state"});
  }
  void Run() override {
    Publish("state", A{});
    while (Take<A>("state")) Publish("state", A{});
  }
};

MORT_TASK(Goals);
MORT_TASK(Controller);
MORT_TASK(Plant);
MORT_TASK(Self);

}  // namespace m
