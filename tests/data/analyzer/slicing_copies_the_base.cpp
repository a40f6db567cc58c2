// task t sub=derived_base:m::A,base2:m::A,derived:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

struct Base {
  std::string topic = "base";
  virtual ~Base() = default;
  virtual std::string name() const { return "base"; }
};

struct Derived : Base {
  Derived() { topic = "derived"; }
  std::string name() const override { return "derived"; }
};

class T : public Probe {
 public:
  T() {
    Derived derived;
    Base sliced = derived;
    Base other;
    other = derived;
    const Base& whole = derived;
    ports("t", {sliced.topic + "_" + sliced.name(), other.name() + "2", whole.name()});
  }
};
MORT_TASK(T);

}  // namespace m
