#include "probe.hpp"

namespace m {

struct Name {
  explicit Name(std::string t) : text(std::move(t)) {}
  Name(const Name& other) : text(other.text + "_copy") {}
  std::string text;
};

Name named(const char* text) {
  Name name(text);
  return name;
}

class T : public Probe {
 public:
  T() {
    const Name name = named("a");
    RegTask("t");
    RegSub({name.text});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: whether this object is copied is up to the compiler
    // note: whether this object is copied is up to the compiler
    // note: it is returned from `m::named`
    // note: `name` is set to it
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
