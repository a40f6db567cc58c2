// task three sub=a:m::A,b:m::A,c:m::A pub=three3:m::A
// task two sub=a:m::A,b:m::A pub=two2:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class Joiner : public Probe {
 public:
  template <class... Topics>
  explicit Joiner(const char* name, Topics... topics) {
    ports(name, {topics...}, {std::string(name) + std::to_string(sizeof...(topics))});
  }
};
MORT_TASK(Joiner, "two", "a", "b");
MORT_TASK(Joiner, "three", "a", "b", "c");

}  // namespace m
