// Says what a terminal or a log must not take as it is.
#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "mort/task/task.hpp"

namespace logs {
struct Number {
  std::int64_t value = 0;
};

class Talker : public mort::Task {
 public:
  Talker() {
    RegTask("Talker");
    RegPub({"numbers"});
  }
  void Run() override {
    const char printed[] = "printed before\0and after\x1b[2Jthe end\n";
    std::fwrite(printed, 1, sizeof printed - 1, stdout);
    std::fwrite("latin \xfc\r\n", 1, 9, stdout);
    std::fflush(stdout);
    Log(std::string("logged before\0and after", 23));
    Log("first line\nsecond \x1b]0;title\x07 line\nthird line\n");
    Publish("numbers", Number{1});
    throw std::runtime_error("gone\x1b[31m\nwrong");
  }
};
/// Keeps the job running for so many tenths of a second.
class Keeper : public mort::Task {
 public:
  Keeper() {
    RegTask("Keeper", {.period = std::chrono::milliseconds(100)});
    RegPub({"ticks"});
  }
  void Run() override {
    const std::int64_t ticks = IntParam("ticks");
    for (std::int64_t i = 0; i < ticks && WaitTick(); ++i) Publish("ticks", Number{i});
  }
};

MORT_TASK(Talker);
MORT_TASK(Keeper);
}  // namespace logs
