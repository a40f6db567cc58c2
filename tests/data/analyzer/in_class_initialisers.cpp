// task t sub=a:m::A,b:m::A pub=c:m::A
// ignore unpublished-topic

#include <array>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() { ports("t", {topic_, list_[1]}, {array_.back()}); }
  std::string topic_ = "a";
  std::vector<std::string> list_{"x", "b"};
  std::array<const char*, 2> array_ = {"y", "c"};
};
MORT_TASK(T);

}  // namespace m
