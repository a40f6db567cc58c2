#include <list>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::list<std::string> line{"a", "b"};
    std::vector<std::string> topics;
    for (const std::string& name : line) {
      if (name == "a") line.push_back("c");
      topics.push_back("in/" + name);
    }
    RegTask("t");
    RegSub(topics);
    //     ^ error unknown-topic: the list of topics of RegSub is not known before the program runs: the list changes while its elements are gone through
    // note: the list changes while its elements are gone through
    // note: it may be changed here
    // note: in the call of `m::T::T`
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
