// Reads, as feedback, what the job of the other one publishes, and counts on.
#include <algorithm>

#include "messages.hpp"
#include "mort/task/task.hpp"

namespace two {

class Plant : public mort::Task {
 public:
  Plant() {
    RegTask("Plant", {.period = std::chrono::milliseconds(10)});
    RegFeedback({"setpoint"});
    RegPub({"measured"});
  }
  void Run() override {
    Turn turn;
    std::int64_t logged = 0;
    while (WaitTick()) {
      while (const auto next = TryTake<Turn>("setpoint"))
        turn.number = std::max(turn.number, next->number);
      Publish("measured", Turn{turn.number + 1});
      if (turn.number < logged + 20) continue;
      logged = turn.number;
      Log("turn " + std::to_string(logged));
    }
  }
};

MORT_TASK(Plant);

}  // namespace two
