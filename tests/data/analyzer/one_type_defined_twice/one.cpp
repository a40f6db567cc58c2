// task one pub=a:m::A
// task two sub=a:m::A

#include <mort/task/task.hpp>

namespace m {

struct A {
  int x;
};

class One : public mort::Task {
 public:
  One() {
    RegTask("one");
    RegPub({"a"});
  }
  void Run() override { Publish("a", A{}); }
};
MORT_TASK(One);

}  // namespace m
