// task grid sub=r0c0:m::A,r1c1:m::A,r2c0:m::A,r2c2:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::vector<std::string> topics;
    for (int row = 0; row < 4; ++row) {
      for (int column = 0;; ++column) {
        if (column > row) break;
        if ((row + column) % 2 != 0) continue;
        topics.push_back("r" + std::to_string(row) + "c" + std::to_string(column));
      }
      if (topics.size() > 3) break;
    }
    ports("grid", topics);
  }
};
MORT_TASK(T);

}  // namespace m
