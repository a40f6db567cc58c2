// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: values of type `std::function<std::string (int)>` are not followed
// note: values of type `std::function<std::string (int)>` are not followed
// note: `topic` is set to it
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include <functional>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::function<std::string(int)> topic = [p = std::string("cell")](int n) {
      return p + std::to_string(n);
    };
    std::string (*plain)(const std::string&) = [](const std::string& t) { return t + "/raw"; };
    ports("t", {topic(1), plain(topic(2))});
    //          ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: values of type `std::function<std::string (int)>` are not followed
    // note: values of type `std::function<std::string (int)>` are not followed
    // note: `topic` is set to it
    // note: in the call of `m::T::T`
    // note: in the call of `m::Probe::ports`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
    //                    ^ error unknown-topic: topic 2 of RegSub is not known before the program runs: its value is not followed
    // note: its value is not followed
    // note: in the call of `m::T::T`
    // note: in the call of `m::Probe::ports`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
  }
};
MORT_TASK(T);

}  // namespace m
