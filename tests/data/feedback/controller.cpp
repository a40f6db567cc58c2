// Reads, as feedback, what the job of the other one publishes, and counts on.
#include <algorithm>

#include "messages.hpp"
#include "mort/task/task.hpp"

namespace two {

class Controller : public mort::Task {
 public:
  Controller() {
    RegTask("Controller", {.period = std::chrono::milliseconds(10)});
    RegFeedback({"measured"});
    RegPub({"setpoint"});
  }
  void Run() override {
    Turn turn;
    std::int64_t logged = 0;
    while (WaitTick()) {
      while (const auto next = TryTake<Turn>("measured"))
        turn.number = std::max(turn.number, next->number);
      Publish("setpoint", Turn{turn.number + 1});
      if (turn.number < logged + 20) continue;
      logged = turn.number;
      Log("turn " + std::to_string(logged));
    }
  }
};

MORT_TASK(Controller);

}  // namespace two
