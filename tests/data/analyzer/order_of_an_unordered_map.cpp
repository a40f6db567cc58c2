#include <unordered_map>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    const std::unordered_map<std::string, int> counts{{"a", 1}, {"b", 2}};
    std::vector<std::string> topics;
    for (const auto& [name, count] : counts) topics.push_back(name);
    RegTask("t");
    RegSub(topics);
    //     ^ error unknown-topic: the list of topics of RegSub is not known before the program runs: values of type `std::unordered_map<std::string, int>` are not followed
    // note: values of type `std::unordered_map<std::string, int>` are not followed
    // note: `counts` is set to it
    // note: how often this loop runs depends on it
    // note: it may be changed here
    // note: in the call of `m::T::T`
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
