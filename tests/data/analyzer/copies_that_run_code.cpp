// task t sub=a:m::A,a_copy:m::A,a_copy_assigned:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

struct Name {
  explicit Name(std::string t) : text(std::move(t)) {}
  Name(const Name& other) : text(other.text + "_copy") {}
  Name& operator=(const Name& other) {
    text = other.text + "_assigned";
    return *this;
  }
  std::string text;
};

struct Outer {
  Name name;
  int number = 1;
};

class T : public Probe {
 public:
  T() {
    const Outer first{Name("a")};
    const Outer second = first;
    Name third("c");
    third = second.name;
    ports("t", {first.name.text, second.name.text, third.text});
  }
};
MORT_TASK(T);

}  // namespace m
