// task t3 sub=m3:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    int n = 0;
    const bool taken = (n += 2, n > 5) && (n = 100) > 0;
    const int m = taken || ++n == 3 ? n : -1;
    ports("t" + std::to_string(n), {"m" + std::to_string(m)});
  }
};
MORT_TASK(T);

}  // namespace m
