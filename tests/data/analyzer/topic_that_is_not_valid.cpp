#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  explicit T(std::string topic) {
    RegTask("t");
    RegPub({"ok", topic + "/#"});
    //            ^ error invalid-name: "plant/#" is no topic name
    // note: in the call of `m::T::T`
    // note: cure: use 1 to 128 of the characters A-Z a-z 0-9 _ . - /, with a letter or _ at the start
  }
};
MORT_TASK(T, "plant");

}  // namespace m
