// at include/probe.hpp:24:44 error unknown-topic: which topic this Publish uses is not known before the program runs: what `std::make_shared` gives is only known at run time
// note: what `std::make_shared` gives is only known at run time
// note: `shared` is set to it
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

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
    //                  ^ error unknown-topic: topic 1 of RegPub is not known before the program runs: what `std::make_shared` gives is only known at run time
    // note: what `std::make_shared` gives is only known at run time
    // note: `shared` is set to it
    // note: in the call of `m::T::T`
    // note: in the call of `m::Probe::ports`
    // note: it is given to RegPub here
    // note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
  }
};
MORT_TASK(T);

}  // namespace m
