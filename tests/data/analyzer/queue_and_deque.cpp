// at include/probe.hpp:19:12 error unknown-topic: the list of topics of RegSub is not known before the program runs: values of type `std::deque<std::string>` are not followed
// note: values of type `std::deque<std::string>` are not followed
// note: `line` is set to it
// note: `all` is set to it
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: values of type `std::deque<std::string>` are not followed
// note: values of type `std::deque<std::string>` are not followed
// note: `line` is set to it
// note: `all` is set to it
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include <deque>
#include <list>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::deque<std::string> line;
    line.push_back("b");
    line.push_front("a");
    line.emplace_back("c");
    line.pop_front();
    std::list<std::string> all(line.begin(), line.end());
    all.push_front("first");
    ports("t", {all.begin(), all.end()});
  }
};
MORT_TASK(T);

}  // namespace m
