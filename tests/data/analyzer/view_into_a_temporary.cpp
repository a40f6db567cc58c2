#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    const std::string base = "a_long_text_that_is_on_the_heap";
    const std::string_view view = base + "/raw";
    RegTask("t");
    RegSub({std::string(view)});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: the text that this view shows was changed or is gone
    // note: the text that this view shows was changed or is gone
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
