// A job that never rests: topics at full rate with readers that keep up, that are slow, and that
// are on another lane and node.
#include <mort/task/task.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>

namespace soak {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Frame {
  std::uint64_t number = 0;
  std::vector<std::uint8_t> bytes;
};

/// What a publisher has seen so far.
struct Pause {
  std::uint64_t messages = 0;
  std::int64_t longest_ms = 0;
};

/// Publishes its topic as fast as it may, now and then a large message, and tells how long it was
/// held back at most.
class Flood : public mort::Task {
 public:
  Flood(const std::string& name, const std::string& topic) : topic_(topic) {
    RegTask(name);
    RegPub({topic, topic + "_pause"});
  }
  void Run() override {
    Clock::duration longest{0};
    std::uint64_t number = 0;
    auto before = Clock::now();
    while (true) {
      Frame frame{++number, std::vector<std::uint8_t>(number % 1000 == 0 ? 1'000'000 : 256)};
      if (!Publish(topic_, std::move(frame))) break;
      const auto now = Clock::now();
      longest = std::max(longest, now - before);
      before = now;
      if (number % 10'000 == 0)
        Publish(topic_ + "_pause", Pause{number, longest / milliseconds(1)});
    }
  }

 private:
  const std::string topic_;
};

/// Takes everything; numbers must rise, and have no gaps where nothing may be lost.
class Reader : public mort::Task {
 public:
  Reader(const std::string& name, const std::string& topic, milliseconds pause, bool complete)
      : topic_(topic), pause_(pause), complete_(complete) {
    RegTask(name);
    RegSub({topic});
  }
  void Run() override {
    std::uint64_t last = 0;
    while (const auto frame = Take<Frame>(topic_)) {
      if (frame->number <= last || (complete_ && frame->number != last + 1))
        throw std::runtime_error(std::to_string(frame->number) + " after " + std::to_string(last));
      last = frame->number;
      if (pause_.count() > 0) Sleep(pause_);
    }
  }

 private:
  const std::string topic_;
  const milliseconds pause_;
  const bool complete_;
};

MORT_TASK(Flood, "FloodAll", "all");
MORT_TASK(Reader, "AllHere", "all", milliseconds(0), true);
MORT_TASK(Reader, "AllThere", "all", milliseconds(0), true);
MORT_TASK(Flood, "FloodLatest", "latest");
MORT_TASK(Reader, "LatestHere", "latest", milliseconds(50), false);
MORT_TASK(Reader, "LatestThere", "latest", milliseconds(50), false);
MORT_TASK(Flood, "FloodQueue", "queue");
MORT_TASK(Reader, "QueueHere", "queue", milliseconds(5), false);
MORT_TASK(Reader, "QueueThere", "queue", milliseconds(5), false);

}  // namespace soak
