// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: it depends on the order in which operands are evaluated, which C++ does not specify
// note: it depends on the order in which operands are evaluated, which C++ does not specify
// note: it is passed as parameter `in` of `m::T::wire`
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets
// at include/probe.hpp:24:44 error unknown-topic: which topic this Publish uses is not known before the program runs: it depends on the order in which operands are evaluated, which C++ does not specify
// note: it depends on the order in which operands are evaluated, which C++ does not specify
// note: it is passed as parameter `out` of `m::T::wire`
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

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
  //                                                       ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: it depends on the order in which operands are evaluated, which C++ does not specify
  // note: it depends on the order in which operands are evaluated, which C++ does not specify
  // note: it is passed as parameter `in` of `m::T::wire`
  // note: in the call of `m::T::T`
  // note: in the call of `m::T::wire`
  // note: in the call of `m::Probe::ports`
  // note: it is given to RegSub here
  // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  //                                                             ^ error unknown-topic: topic 1 of RegPub is not known before the program runs: it depends on the order in which operands are evaluated, which C++ does not specify
  // note: it depends on the order in which operands are evaluated, which C++ does not specify
  // note: it is passed as parameter `out` of `m::T::wire`
  // note: in the call of `m::T::T`
  // note: in the call of `m::T::wire`
  // note: in the call of `m::Probe::ports`
  // note: it is given to RegPub here
  // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
};
MORT_TASK(T);

}  // namespace m
