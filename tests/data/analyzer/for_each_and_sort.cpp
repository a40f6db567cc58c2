// at include/probe.hpp:19:12 error unknown-topic: the list of topics of RegSub is not known before the program runs: it may be changed by the call of `std::sort`
// note: it may be changed by the call of `std::sort`
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:20:12 error unknown-topic: the list of topics of RegPub is not known before the program runs: it may be changed by the call of `std::for_each`
// note: it may be changed by the call of `std::for_each`
// note: it may be changed here
// note: it is passed as parameter `pub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: it may be changed by the call of `std::sort`
// note: it may be changed by the call of `std::sort`
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets
// at include/probe.hpp:24:44 error unknown-topic: which topic this Publish uses is not known before the program runs: it may be changed by the call of `std::for_each`
// note: it may be changed by the call of `std::for_each`
// note: it may be changed here
// note: it is passed as parameter `pub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include <algorithm>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::vector<std::string> names{"c", "a", "b"};
    std::sort(names.begin(), names.end());
    std::vector<std::string> pub;
    std::for_each(names.begin(), names.end(),
                  [&](const std::string& n) { pub.push_back("out/" + n); });
    std::reverse(pub.begin(), pub.end());
    ports("t", names, pub);
  }
};
MORT_TASK(T);

}  // namespace m
