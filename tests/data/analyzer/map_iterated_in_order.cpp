// at include/probe.hpp:16:13 error unknown-name: the name of this task is not known before the program runs: values of type `std::map<std::string, int>` are not followed
// note: values of type `std::map<std::string, int>` are not followed
// note: `counts` is set to it
// note: it is joined to a text
// note: it is passed as parameter `name` of `m::Probe::ports`
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:19:12 error unknown-topic: the list of topics of RegSub is not known before the program runs: values of type `std::map<std::string, int>` are not followed
// note: values of type `std::map<std::string, int>` are not followed
// note: `counts` is set to it
// note: how often this loop runs depends on it
// note: it may be changed here
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: values of type `std::map<std::string, int>` are not followed
// note: values of type `std::map<std::string, int>` are not followed
// note: `counts` is set to it
// note: how often this loop runs depends on it
// note: it may be changed here
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets
// at include/probe.hpp:24:44 error unknown-topic: which topic this Publish uses is not known before the program runs: values of type `std::map<std::string, int>` are not followed
// note: values of type `std::map<std::string, int>` are not followed
// note: `counts` is set to it
// note: which of the two is taken depends on it
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include <map>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::map<std::string, int> counts{{"z", 1}, {"m", 2}};
    counts["a"] = 1;
    ++counts["z"];
    counts.emplace("q", 1);
    std::vector<std::string> topics;
    for (const auto& [name, count] : counts) {
      for (int i = 0; i < count; ++i) topics.push_back(name + std::to_string(i));
    }
    ports("t" + std::to_string(counts.size()), topics,
          {counts.at("m") == 2 && counts.count("none") == 0 ? "two" : "other"});
//         ^ error unknown-topic: topic 1 of RegPub is not known before the program runs: values of type `std::map<std::string, int>` are not followed
// note: values of type `std::map<std::string, int>` are not followed
// note: `counts` is set to it
// note: which of the two is taken depends on it
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: it is given to RegPub here
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
  }
};
MORT_TASK(T);

}  // namespace m
