// task t pub=a:m::A

#include <unistd.h>

#include "probe.hpp"

namespace m {

class Base : public mort::Task {
 public:
  void Run() override {
    Publish("of_the_base", A{});
    sleep(1);
  }
  void debug() {
    usleep(10);
    Publish("debug", A{});
  }
};

class T : public Base {
 public:
  T() {
    RegTask("t");
    RegPub({"a"});
  }
  void Run() override { Publish("a", A{}); }
};
MORT_TASK(T);

}  // namespace m
