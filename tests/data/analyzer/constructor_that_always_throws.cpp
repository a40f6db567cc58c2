#include <stdexcept>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  explicit T(int n) {
    if (n < 1) throw std::invalid_argument("n");
    ports("t", {});
  }
};
MORT_TASK(T, 0);
// 1 error constructor-throws: the constructor of `m::T` always throws with these arguments
// note: cure: correct the arguments of MORT_TASK

}  // namespace m
