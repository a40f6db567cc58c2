// task t sub=xa2:m::A,xbc2:m::A pub=xp02:m::A,xp12:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  explicit T(int n) {
    const auto topic = [n](auto... parts) {
      return (std::string("x") + ... + parts) + std::to_string(n);
    };
    ports("t", {topic("a"), topic("b", "c")}, [&] {
      std::vector<std::string> list;
      for (int i = 0; i < n; ++i) list.push_back(topic("p" + std::to_string(i)));
      return list;
    }());
  }
};
MORT_TASK(T, 2);

}  // namespace m
