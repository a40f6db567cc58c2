// An inbox is no topic: the graph does not know it.
#include <thread>

#include "mort/task/inbox.hpp"

namespace corpus {

struct Frame {
  int number = 0;
};

// task Camera pub=frames:corpus::Frame
class Camera : public mort::Task {
 public:
  Camera() {
    RegTask("Camera");
    RegPub({"frames"});
  }
  void Run() override {
    driver_ = std::thread([this] {
      captured_.post(Frame{1});
      captured_.End();
    });
    while (const auto frame = captured_.Take()) Publish("frames", *frame);
  }
  ~Camera() override {
    if (driver_.joinable()) driver_.join();
  }

 private:
  mort::Inbox<Frame> captured_{this, "captured", 16};
  std::thread driver_;
};
MORT_TASK(Camera);

// task Viewer sub=frames:corpus::Frame
class Viewer : public mort::Task {
 public:
  Viewer() {
    RegTask("Viewer");
    RegSub({"frames"});
  }
  void Run() override {
    while (WaitAny({"frames", clicks_}) != mort::WaitResult::kEnded) {
      TryTake<Frame>("frames");
      clicks_.TryTake();
    }
  }

 private:
  mort::Inbox<int> clicks_{this, "clicks"};
};
MORT_TASK(Viewer);

}  // namespace corpus
