#include <thread>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    std::string s = "a";
    std::thread worker([&s] { s = "b"; });
    worker.join();
    RegSub({s});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: it goes into a value that is not followed
    // note: it goes into a value that is not followed
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
