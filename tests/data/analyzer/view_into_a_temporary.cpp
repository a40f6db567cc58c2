// task t sub=a_long_text_that_is_on_the_heap/raw:
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    const std::string base = "a_long_text_that_is_on_the_heap";
    const std::string_view view = base + "/raw";
    RegTask("t");
    RegSub({std::string(view)});
    //      ^ error untyped-topic: no Take<T>("a_long_text_that_is_on_the_heap/raw") or TryTake found in task "t", so the message type of a_long_text_that_is_on_the_heap/raw is unknown
    // note: cure: use the topic in Run(), or do not register it
  }
};
MORT_TASK(T);

}  // namespace m
