// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: it may be changed by the call of `std::getline`
// note: it may be changed by the call of `std::getline`
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include <fstream>
#include <tuple>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::ifstream file("topics.txt");
    std::string line;
    std::getline(file, line);
    ports("t", {"a", line});
    //               ^ error unknown-topic: topic 2 of RegSub is not known before the program runs: it may be changed by the call of `std::getline`
    // note: it may be changed by the call of `std::getline`
    // note: in the call of `m::T::T`
    // note: in the call of `m::Probe::ports`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
