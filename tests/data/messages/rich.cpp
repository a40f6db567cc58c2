// A message of every kind of field that is more than a number or a text.
#include <limits>
#include <map>
#include <optional>

#include "mort/task/task.hpp"

namespace kinds {

enum class Level : std::int8_t { kLow = -5 };

struct Gain {
  double value = 0;
  std::optional<std::int32_t> limit;
};

struct Rich {
  std::optional<Gain> none;
  std::optional<Gain> some;
  std::map<std::string, Gain> gains;
  std::chrono::milliseconds age{0};
  std::chrono::system_clock::time_point at;
  std::chrono::seconds never{0};
  Level level = Level::kLow;
  double not_a_number = 0;
  float infinite = 0;
};

struct Checked {
  std::int64_t right = 0;
  Rich last;
};

Rich rich() {
  Rich message;
  message.some = Gain{1.5, 7};
  message.gains = {{"yaw", {2.5, {}}}, {"pitch", {-1, 3}}};
  message.age = std::chrono::milliseconds(-1500);
  message.at += std::chrono::nanoseconds(1'700'000'000'000'000'001);
  message.never = std::chrono::seconds::max();
  message.level = static_cast<Level>(100);
  message.not_a_number = std::numeric_limits<double>::quiet_NaN();
  message.infinite = -std::numeric_limits<float>::infinity();
  return message;
}

bool is_right(const Rich& message) {
  const Rich expected = rich();
  return !message.none && message.some && message.some->limit == 7 && message.gains.size() == 2 &&
         !message.gains.at("yaw").limit && message.gains.at("pitch").limit == 3 &&
         message.age == expected.age && message.at == expected.at &&
         message.never == expected.never && message.level == expected.level &&
         message.not_a_number != message.not_a_number && message.infinite == expected.infinite;
}

class Source : public mort::Task {
 public:
  Source() {
    RegTask("Source", {.period = std::chrono::milliseconds(10)});
    RegPub({"rich"});
  }
  void Run() override {
    for (int i = 0; i < 10 && WaitTick(); ++i) Publish("rich", rich());
  }
};

class Check : public mort::Task {
 public:
  Check() {
    RegTask("Check");
    RegSub({"rich"});
    RegPub({"checked"});
  }
  void Run() override {
    Checked checked;
    while (const auto message = Take<Rich>("rich")) {
      checked.right += is_right(*message) ? 1 : 0;
      checked.last = *message;
      Publish("checked", checked);
    }
  }
};

MORT_TASK(Source);
MORT_TASK(Check);

}  // namespace kinds
