#include <algorithm>

#include "probe.hpp"

namespace m {

bool before(const std::string& a, const std::string& b);
class T : public Probe {
 public:
  T() {
    std::vector<std::string> names{"b", "a"};
    std::sort(names.begin(), names.end(), before);
    RegTask("t");
    RegSub(names);
    //     ^ error unknown-topic: the list of topics of RegSub is not known before the program runs: it may be changed by the call of `std::sort`
    // note: it may be changed by the call of `std::sort`
    // note: in the call of `m::T::T`
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
