// F4 keeps the even numbers of C3..C5, F5 the odd ones.
#include "mort/task/task.hpp"
#include "number_scanner.hpp"

namespace text_statistics {

class ParityCount : public mort::Task {
 public:
  ParityCount(std::string name, bool even, std::string out) : even_(even), out_(std::move(out)) {
    RegTask(name, {.cpu = 1, .period = std::chrono::milliseconds(20)});
    RegSub({"C3", "C4", "C5"});
    RegPub({out_});
  }

  void Run() override {
    while (WaitTick()) {
      ValueMap values;
      const auto add = [&](const Counts& counts) {
        for (const auto& [value, count] : counts.values) {
          if (is_even(value) == even_) values[value] += count;
        }
      };
      while (const auto counts = TryTake<Counts>("C3")) add(*counts);
      while (const auto counts = TryTake<Counts>("C4")) add(*counts);
      while (const auto counts = TryTake<Counts>("C5")) add(*counts);
      Publish(out_, to_message(values));
    }
  }

 private:
  const bool even_;
  const std::string out_;
};

MORT_TASK(ParityCount, "F4", true, "C6");
MORT_TASK(ParityCount, "F5", false, "C7");

}  // namespace text_statistics
