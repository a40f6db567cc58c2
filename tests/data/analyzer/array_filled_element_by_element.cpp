// at include/probe.hpp:20:12 error unknown-topic: topic 1 of RegPub is not known before the program runs: `more` has no value yet
// note: `more` has no value yet
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:20:12 error unknown-topic: topic 2 of RegPub is not known before the program runs: `more` has no value yet
// note: `more` has no value yet
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:24:44 error unknown-topic: which topic this Publish uses is not known before the program runs: `more` has no value yet
// note: `more` has no value yet
// note: it is assigned here
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include <array>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::array<std::string, 3> topics;
    topics[0] = "a";
    topics.at(1) = topics[0] + "b";
    topics.back() = "c";
    const char* more[2];
    more[0] = "x";
    more[1] = "y";
    std::vector<std::string> pub(2);
    pub[0] = more[1];
    pub[1] = more[0];
    ports("t", {topics.begin(), topics.end()}, pub);
  }
};
MORT_TASK(T);

}  // namespace m
