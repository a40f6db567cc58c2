// task t sub=before:
// ignore unpublished-topic

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
    //      ^ error untyped-topic: no Take<T>("before") or TryTake found in task "t", so the message type of before is unknown
    // note: cure: use the topic in Run(), or do not register it
    //                         ^ error repeated-topic: task "t" names topic "before" twice in RegSub
    // note: it is named here first
    // note: cure: name each topic once
  }
};
MORT_TASK(T);

}  // namespace m
