// task t pub=a:m::A

#include "probe.hpp"

namespace m {

class T : public mort::Task {
 public:
  T() {
    RegTask("t");
    RegPub({"a"});
  }
  void Run() override {
    Publish("a", A{});
    auto f = &T::send;
    (this->*f)("a");
  }
  void send(const std::string& topic) { Publish(topic, A{}); }
  //                                            ^ error unknown-topic: which topic this Publish uses is not known before the program runs: no call of `m::T::send` shows what its parameter `topic` is
  // note: no call of `m::T::send` shows what its parameter `topic` is
  // note: it is passed as parameter `topic` of `m::T::send`
  // note: cure: name the topic by a literal, a constant, or a member that only the constructor sets
};
MORT_TASK(T);

}  // namespace m
