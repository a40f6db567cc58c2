#include <tuple>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    std::string a = "a", b = "b";
    std::string* p = std::getenv("X") ? &a : &b;
    a = "known again";
    *p = "c";
    RegSub({a});
    //      ^ error invalid-name: "known again" is no topic name
    // note: in the call of `m::T::T`
    // note: cure: use 1 to 128 of the characters A-Z a-z 0-9 _ . - /, with a letter or _ at the start
  }
};
MORT_TASK(T);

}  // namespace m
