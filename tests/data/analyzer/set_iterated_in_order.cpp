// at include/probe.hpp:16:13 error unknown-name: the name of this task is not known before the program runs: values of type `std::set<std::string>` are not followed
// note: values of type `std::set<std::string>` are not followed
// note: `names` is set to it
// note: which of the two is taken depends on it
// note: it is passed as parameter `name` of `m::Probe::ports`
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:19:12 error unknown-topic: the list of topics of RegSub is not known before the program runs: values of type `std::set<std::string>` are not followed
// note: values of type `std::set<std::string>` are not followed
// note: `names` is set to it
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:20:12 error unknown-topic: the list of topics of RegPub is not known before the program runs: values of type `std::set<std::string>` are not followed
// note: values of type `std::set<std::string>` are not followed
// note: `names` is set to it
// note: how often this loop runs depends on it
// note: it may be changed here
// note: it is passed as parameter `pub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: values of type `std::set<std::string>` are not followed
// note: values of type `std::set<std::string>` are not followed
// note: `names` is set to it
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets
// at include/probe.hpp:24:44 error unknown-topic: which topic this Publish uses is not known before the program runs: values of type `std::set<std::string>` are not followed
// note: values of type `std::set<std::string>` are not followed
// note: `names` is set to it
// note: how often this loop runs depends on it
// note: it may be changed here
// note: it is passed as parameter `pub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include <set>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::set<std::string> names{"b", "a", "b"};
    names.insert("c");
    names.insert("a");
    std::vector<std::string> pub;
    for (const std::string& n : names) pub.push_back("out/" + n);
    ports(names.contains("c") ? "with_c" : "without", {names.begin(), names.end()}, pub);
  }
};
MORT_TASK(T);

}  // namespace m
