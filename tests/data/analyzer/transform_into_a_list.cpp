// at include/probe.hpp:19:12 error unknown-topic: the list of topics of RegSub is not known before the program runs: this way to make a list is not followed
// note: this way to make a list is not followed
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:20:12 error unknown-topic: the list of topics of RegPub is not known before the program runs: this way to make a list is not followed
// note: this way to make a list is not followed
// note: `out` is set to it
// note: it is passed as parameter `pub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: this way to make a list is not followed
// note: this way to make a list is not followed
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets
// at include/probe.hpp:24:44 error unknown-topic: which topic this Publish uses is not known before the program runs: this way to make a list is not followed
// note: this way to make a list is not followed
// note: `out` is set to it
// note: it is passed as parameter `pub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include <algorithm>
#include <iterator>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    const std::vector<int> numbers{1, 2, 3};
    std::vector<std::string> topics;
    std::transform(numbers.begin(), numbers.end(), std::back_inserter(topics),
                   [](int n) { return "cell" + std::to_string(n * n); });
    std::vector<std::string> out(topics.size());
    std::transform(topics.begin(), topics.end(), out.begin(),
                   [](const std::string& t) { return t + "/out"; });
    ports("t", topics, out);
  }
};
MORT_TASK(T);

}  // namespace m
