// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: values of type `std::uniform_int_distribution<int>` are not followed
// note: values of type `std::uniform_int_distribution<int>` are not followed
// note: `pick` is set to it
// note: it is joined to a text
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include <random>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::mt19937 engine(42);
    std::uniform_int_distribution<int> pick(0, 3);
    ports("t", {"topic" + std::to_string(pick(engine))});
    //          ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: values of type `std::uniform_int_distribution<int>` are not followed
    // note: values of type `std::uniform_int_distribution<int>` are not followed
    // note: `pick` is set to it
    // note: it is joined to a text
    // note: in the call of `m::T::T`
    // note: in the call of `m::Probe::ports`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
