// task t sub=a8:
// ignore unpublished-topic

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
    //      ^ error untyped-topic: no Take<T>("a8") or TryTake found in task "t", so the message type of a8 is unknown
    // note: cure: use the topic in Run(), or do not register it
  }
};
MORT_TASK(T);

}  // namespace m
