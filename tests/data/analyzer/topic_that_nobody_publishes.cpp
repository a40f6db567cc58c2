// task t sub=frames:m::A

#include "probe.hpp"

namespace m {

class T : public mort::Task {
 public:
  T() {
    RegTask("t");
    RegSub({"frames"});
    //      ^ warning unpublished-topic: no task of these sources publishes topic "frames"
    // note: topics: {frames: {external: true}}
  }
  void Run() override { Take<A>("frames"); }
};
MORT_TASK(T);

}  // namespace m
