#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    RegPub({"log" + std::to_string(now)});
    //      ^ error unknown-topic: topic 1 of RegPub is not known before the program runs: `std::chrono::system_clock::now` has no body in this source
    // note: `std::chrono::system_clock::now` has no body in this source
    // note: `now` is set to it
    // note: it is joined to a text
    // note: in the call of `m::T::T`
    // note: it is given to RegPub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
