// task t sub=a:m::A,p1:m::A,q2:m::A pub=a_out:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

struct Wiring {
  const char* in;
  std::string out = std::string(in) + "_out";
};

const std::vector<std::pair<std::string, int>> kPairs = {{"p", 1}, {"q", 2}};
class T : public Probe {
 public:
  explicit T(Wiring w) {
    std::vector<std::string> sub{w.in};
    for (const auto& [name, n] : kPairs) sub.push_back(name + std::to_string(n));
    ports("t", sub, {w.out});
  }
};
MORT_TASK(T, Wiring{"a"});

}  // namespace m
