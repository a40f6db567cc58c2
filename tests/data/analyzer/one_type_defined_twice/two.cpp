#include <mort/task/task.hpp>

namespace m {

struct A {
//     ^ error type-mismatch: message type `m::A` is defined in two ways
// note: the other definition is
// note: cure: define it once, in a header that both sources include
  float x;
};

class Two : public mort::Task {
 public:
  Two() {
    RegTask("two");
    RegSub({"a"});
  }
  void Run() override { Take<A>("a"); }
};
MORT_TASK(Two);

}  // namespace m
