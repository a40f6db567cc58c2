// task t sub=a:
// ignore unpublished-topic
// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: it may be changed by the call of `m::T::more_ports`
// note: it may be changed by the call of `m::T::more_ports`
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets
// at include/probe.hpp:24:44 error unknown-topic: which topic this Publish uses is not known before the program runs: it may be changed by the call of `m::T::more_ports`
// note: it may be changed by the call of `m::T::more_ports`
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    ports("t", {"a"});
    more_ports();
  }
  void more_ports();
};
MORT_TASK(T);

}  // namespace m
