// task outer pub=outer:m::A
// ignore unregistered-class

#include "probe.hpp"

namespace m {

class Inner : public mort::Task {
 public:
  Inner() {
    RegTask("inner");
    RegPub({"inner"});
  }
  void Run() override { Publish("inner", A{}); }
};

class Outer : public mort::Task {
 public:
  Outer() : other_(std::make_unique<Inner>()) {
    RegTask("outer");
    RegPub({"outer"});
  }
  void Run() override { Publish("outer", A{}); }

 private:
  Inner inner_;
  std::unique_ptr<Inner> other_;
};
MORT_TASK(Outer);

}  // namespace m
