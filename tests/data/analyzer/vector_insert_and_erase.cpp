// at include/probe.hpp:19:12 error unknown-topic: the list of topics of RegSub is not known before the program runs: it may be changed by the call of `std::vector<std::basic_string<char>>::erase`
// note: it may be changed by the call of `std::vector<std::basic_string<char>>::erase`
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: it may be changed by the call of `std::vector<std::basic_string<char>>::erase`
// note: it may be changed by the call of `std::vector<std::basic_string<char>>::erase`
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::vector<std::string> topics{"b", "d"};
    topics.insert(topics.begin(), "a");
    topics.insert(topics.begin() + 2, {"c", "c2"});
    topics.erase(topics.begin() + 3);
    topics.emplace_back("e");
    topics.emplace(topics.begin(), 2, 'z');
    topics.pop_back();
    ports("t", topics);
  }
};
MORT_TASK(T);

}  // namespace m
