// Reads a topic that a program of another DDS vendor writes, answers on one that it reads.
#include <numeric>

#include "messages.hpp"
#include "mort/task/task.hpp"

using namespace interop::msg;

class Judge : public mort::Task {
 public:
  Judge() {
    RegTask("Judge");
    RegSub({"interop/measured"});
    RegPub({"interop/judged", "total"});
  }
  void Run() override {
    Total total;
    while (const auto measured = Take<Measured>("interop/measured")) {
      if (measured->number != total.messages) ++total.wrong;
      if (measured->name != "sensor " + std::to_string(measured->number)) ++total.wrong;
      ++total.messages;
      total.value += measured->value;
      Judged judged;
      judged.number = measured->number;
      judged.twice = 2 * measured->value;
      judged.text = measured->name + " judged";
      judged.grade = static_cast<Level>((static_cast<int>(measured->grade) + 1) % 3);
      judged.corners = {measured->where, Point{-measured->where.x, -measured->where.y}};
      judged.sum =
          std::accumulate(measured->bytes.begin(), measured->bytes.end(), std::uint64_t{0});
      Publish("interop/judged", judged);
      if (!measured->last) continue;
      Publish("total", total);
      return;  // the other program does not say that its stream ends: its last message does
    }
  }
};

MORT_TASK(Judge);
