// task t

#include "probe.hpp"

namespace m {

int connect();
class T : public Probe {
 public:
  T() {
    RegTask("t");
    try {
      connect();
      return;
    } catch (const std::exception&) {
    }
    RegSub({"a"});
  }
};
MORT_TASK(T);

}  // namespace m
