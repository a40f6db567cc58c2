// task detector1 cpu=2000 sub=images:m::Image pub=results/1:m::Result
// task detector2 cpu=2000 sub=images:m::Image pub=results/2:m::Result
// task sink sub=results/1:m::Result,results/2:m::Result
// task source cpu=500 period=40000000 pub=images:m::Image

#include "probe.hpp"

namespace m {

using namespace std::chrono_literals;
struct Image {
  std::vector<std::uint8_t> bytes;
};

struct Result {
  std::string label;
  double score;
};

class Source : public mort::Task {
 public:
  Source() {
    RegTask("source", {.cpu = 0.5, .period = 40ms});
    RegPub({"images"});
  }
  void Run() override {
    while (WaitTick()) Publish("images", Image{});
  }
};

class Detector : public mort::Task {
 public:
  explicit Detector(int n) : out_("results/" + std::to_string(n)) {
    RegTask("detector" + std::to_string(n), {.cpu = 2});
    RegSub({"images"});
    RegPub({out_});
  }
  void Run() override {
    while (auto image = Take<Image>("images")) Publish(out_, Result{"cat", 0.5});
  }

 private:
  const std::string out_;
};

class Sink : public mort::Task {
 public:
  Sink() {
    RegTask("sink");
    RegSub({"results/1", "results/2"});
  }
  void Run() override {
    while (WaitData()) {
      for (const char* topic : {"results/1", "results/2"}) {
        while (TryTake<Result>(topic)) {
        }
      }
    }
  }
};
MORT_TASK(Source);
MORT_TASK(Detector, 1);
MORT_TASK(Detector, 2);
MORT_TASK(Sink);

}  // namespace m
