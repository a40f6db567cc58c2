// task t sub=camera4:m::A,lidar:m::A pub=kept2:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

struct Source {
  virtual ~Source() = default;
  virtual std::string topic() const = 0;
};

struct Camera : Source {
  explicit Camera(int n) : number(n) {}
  std::string topic() const override { return "camera" + std::to_string(number); }
  int number;
};

struct Lidar : Source {
  std::string topic() const override { return "lidar"; }
};

class T : public Probe {
 public:
  T() {
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<Camera>(4));
    sources.push_back(std::make_unique<Lidar>());
    std::vector<std::string> topics;
    for (const auto& source : sources) topics.push_back(source->topic());
    auto shared = std::make_shared<std::string>("kept");
    auto twin = shared;
    *twin += "2";
    ports("t", topics, {*shared});
  }
};
MORT_TASK(T);

}  // namespace m
