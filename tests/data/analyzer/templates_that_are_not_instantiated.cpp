// task a pub=out:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

/// Its expressions have no types before T is known.
template <class T, class... Arguments>
T made_of(Arguments&&... arguments) {
  T value(std::forward<Arguments>(arguments)...);
  return {value};
}

class Publisher : public mort::Task {
 public:
  Publisher() {
    RegTask("a");
    RegPub({"out"});
  }
  void Run() override { Publish("out", A{}); }
};
MORT_TASK(Publisher);

}  // namespace m
