#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    Sleep(std::chrono::seconds(1));
    // 5 error constructor-throws: Sleep is called in a constructor, where it throws
    RegPub({"a"});
  }
};
MORT_TASK(T);

}  // namespace m
