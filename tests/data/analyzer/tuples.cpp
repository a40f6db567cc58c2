// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: values of type `std::tuple<std::basic_string<char>, int>` are not followed
// note: values of type `std::tuple<std::basic_string<char>, int>` are not followed
// note: it is joined to a text
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets
// at include/probe.hpp:24:44 error unknown-topic: which topic this Publish uses is not known before the program runs: values of type `__result_type` are not followed
// note: values of type `__result_type` are not followed
// note: it is returned from `std::make_tuple`
// note: `tuple` is set to it
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include <tuple>

#include "probe.hpp"

namespace m {

using Entry = std::tuple<std::string, int>;
class T : public Probe {
 public:
  T() {
    const std::vector<Entry> entries{{"a", 1}, {"b", 2}};
    std::vector<std::string> topics;
    for (const auto& entry : entries)
      topics.push_back(std::get<0>(entry) + std::to_string(std::get<1>(entry)));
      //               ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: values of type `std::tuple<std::basic_string<char>, int>` are not followed
      // note: values of type `std::tuple<std::basic_string<char>, int>` are not followed
      // note: it is joined to a text
      // note: in the call of `m::T::T`
      // note: in the call of `m::Probe::ports`
      // note: it is given to RegSub here
      // note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
      //               ^ error unknown-topic: topic 2 of RegSub is not known before the program runs: values of type `std::tuple<std::basic_string<char>, int>` are not followed
      // note: values of type `std::tuple<std::basic_string<char>, int>` are not followed
      // note: it is joined to a text
      // note: in the call of `m::T::T`
      // note: in the call of `m::Probe::ports`
      // note: it is given to RegSub here
      // note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
    auto pair = std::make_pair(std::string("x"), std::string("y"));
    std::swap(pair.first, pair.second);
    const auto tuple = std::make_tuple(std::string("z"), 3);
    ports("t", topics, {pair.first, std::get<std::string>(tuple)});
    //                              ^ error unknown-topic: topic 2 of RegPub is not known before the program runs: values of type `__result_type` are not followed
    // note: values of type `__result_type` are not followed
    // note: it is returned from `std::make_tuple`
    // note: `tuple` is set to it
    // note: in the call of `m::T::T`
    // note: in the call of `m::Probe::ports`
    // note: it is given to RegPub here
    // note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
  }
};
MORT_TASK(T);

}  // namespace m
