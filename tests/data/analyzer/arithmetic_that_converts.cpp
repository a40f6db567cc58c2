// task t sub=a44:m::A,b-56:m::A,c0:m::A,d4294967295:m::A,e0:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    const std::uint8_t small = static_cast<std::uint8_t>(300);
    const signed char negative = static_cast<signed char>(200);
    std::uint16_t counter = 65535;
    ++counter;
    unsigned below = 0;
    below -= 1;
    const bool order = -1 < 1U;
    ports("t", {"a" + std::to_string(small), "b" + std::to_string(negative),
                "c" + std::to_string(counter), "d" + std::to_string(below), order ? "e1" : "e0"});
  }
};
MORT_TASK(T);

}  // namespace m
