// task t sub=c:m::A,a:m::A,b:m::A pub=c2:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

std::vector<std::string> both(const std::vector<std::string>& a, std::vector<std::string> b) {
  b.insert(b.end(), a.begin(), a.end());
  return b;
}

class T : public Probe {
 public:
  explicit T(std::vector<std::string> more) {
    const std::vector<std::string> copy(more.begin(), more.end());
    ports("t", both({"a", "b"}, more), {copy.front() + "2"});
  }
};
MORT_TASK(T, std::vector<std::string>{"c"});

}  // namespace m
