#include "probe.hpp"

namespace m {

struct Shape {
  virtual ~Shape() = default;
};

struct Circle : Shape {
  std::string topic = "circle";
};

Shape* current();
class T : public Probe {
 public:
  T() {
    RegTask("t");
    if (auto* circle = dynamic_cast<Circle*>(current())) RegSub({circle->topic});
    //                                                   ^ error conditional-registration: RegSub is called under a condition that is not known before the program runs: `m::current` has no body in this source
    // note: `m::current` has no body in this source
    // note: `circle` is set to it
    // note: this condition depends on it
    // note: in the call of `m::T::T`
    // note: cure: call RegSub in any case
  }
};
MORT_TASK(T);

}  // namespace m
