#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T(std::string s) {
    RegTask("t");
    std::string kept = std::move(s);
    RegSub({kept});
    //      ^ error untyped-topic: no Take<T>("a") or TryTake found in task "t", so the message type of a is unknown
    // note: cure: use the topic in Run(), or do not register it
    RegPub({s});
    //      ^ error unknown-topic: topic 1 of RegPub is not known before the program runs: its value was moved away
    // note: its value was moved away
    // note: in the call of `m::T::T`
    // note: it is given to RegPub here
    // note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
  }
};
MORT_TASK(T, "a");

}  // namespace m
