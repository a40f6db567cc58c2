#include "probe.hpp"

namespace m {

struct Guard {
  explicit Guard(std::string& s) : text(s) {}
  ~Guard();
  std::string& text;
};

class T : public Probe {
 public:
  T() {
    std::string topic = "a";
    { Guard guard(topic); }
    RegTask("t");
    RegSub({topic});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: it may be changed by the call of `m::Guard::~Guard`
    // note: it may be changed by the call of `m::Guard::~Guard`
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
