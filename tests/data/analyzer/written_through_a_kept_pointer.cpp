#include "probe.hpp"

namespace m {

void keep(std::string* text);
void change();
class T : public Probe {
 public:
  T() {
    RegTask("t");
    std::string s;
    keep(&s);
    s = "a";
    change();
    RegSub({s});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: it may be changed by the call of `m::keep`
    // note: it may be changed by the call of `m::keep`
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
