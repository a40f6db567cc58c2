// F1, F2, F3: count the numbers of one range over both texts; each tick sends what is new.
#include "mort/task/task.hpp"
#include "number_scanner.hpp"

namespace text_statistics {

class RangeCount : public mort::Task {
 public:
  RangeCount(std::string name, int range, std::string out) : range_(range), out_(std::move(out)) {
    RegTask(name, {.cpu = 2, .period = std::chrono::milliseconds(20)});
    RegSub({"C1", "C2"});
    RegPub({out_});
  }

  void Run() override {
    NumberScanner first;
    NumberScanner second;
    while (WaitTick()) {
      ValueMap values;
      const auto count = [&](const Value& value) {
        if (range_of(value) == range_) ++values[value];
      };
      while (const auto piece = TryTake<Piece>("C1")) first.scan(*piece, count);
      while (const auto piece = TryTake<Piece>("C2")) second.scan(*piece, count);
      Publish(out_, to_message(values));
    }
  }

 private:
  const int range_;
  const std::string out_;
};

MORT_TASK(RangeCount, "F1", 0, "C3");
MORT_TASK(RangeCount, "F2", 1, "C4");
MORT_TASK(RangeCount, "F3", 2, "C5");

}  // namespace text_statistics
