// task t sub=cx:m::A,second:m::A,a:m::A pub=same:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::string names[3] = {"a", "b", "c"};
    std::string* at = names + 1;
    *at++ = "second";
    at->append("!x", 1, 1);
    std::swap(names[0], names[2]);
    ports("t", {names[0], names[1], names[2]}, {at == &names[2] ? "same" : "other"});
  }
};
MORT_TASK(T);

}  // namespace m
