#include <fstream>
#include <tuple>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::ifstream file("topics.txt");
    std::vector<std::string> topics;
    for (std::string line; std::getline(file, line);) topics.push_back(line);
    RegTask("t");
    RegSub(topics);
    //     ^ error unknown-topic: the list of topics of RegSub is not known before the program runs: values of type `std::ifstream` are not followed
    // note: values of type `std::ifstream` are not followed
    // note: `file` is set to it
    // note: how often this loop runs depends on it
    // note: it may be changed here
    // note: in the call of `m::T::T`
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
