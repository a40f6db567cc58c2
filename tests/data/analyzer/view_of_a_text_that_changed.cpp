#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::string text = "before";
    std::string_view view = text;
    const char* raw = text.c_str();
    text = "after!";
    RegTask("t");
    RegSub({std::string(view), raw});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: the text that this view shows was changed or is gone
    // note: the text that this view shows was changed or is gone
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
    //                         ^ error unknown-topic: topic 2 of RegSub is not known before the program runs: the text that this view shows was changed or is gone
    // note: the text that this view shows was changed or is gone
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
