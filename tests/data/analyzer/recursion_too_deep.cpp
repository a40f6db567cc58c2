#include "probe.hpp"

namespace m {

std::string deep(int n) {
  return n == 0 ? "end" : deep(n - 1);
}
class T : public Probe {
 public:
  T() {
    RegTask("t");
    RegSub({deep(100000)});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: calls nest too deeply to be followed
    // note: calls nest too deeply to be followed
    // note: it is returned from `m::deep`
    // note: it is returned from `m::deep`
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
