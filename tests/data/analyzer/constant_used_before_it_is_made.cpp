#include "probe.hpp"

namespace m {

std::string word();
extern const int kSize;
const int kDouble = 2 * kSize;
const int kSize = static_cast<int>(std::string("four").size());
class T : public Probe {
 public:
  T() {
    RegTask("t");
    RegSub({"a" + std::to_string(kDouble)});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: `m::kSize` may not have its value yet where it is used to make another variable
    // note: `m::kSize` may not have its value yet where it is used to make another variable
    // note: `m::kSize` is declared here
    // note: `m::kDouble` is set to it
    // note: it is joined to a text
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
