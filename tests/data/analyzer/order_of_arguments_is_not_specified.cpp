// task t sub=t0:m::A pub=t1:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    int n = 0;
    const auto next = [&n] { return "t" + std::to_string(n++); };
    wire(next(), next());
  }
  void wire(std::string in, std::string out) { ports("t", {in}, {out}); }
};
MORT_TASK(T);

}  // namespace m
