// at include/probe.hpp:16:13 error unknown-name: the name of this task is not known before the program runs: this kind of expression is not followed
// note: this kind of expression is not followed
// note: it is passed as parameter `name` of `m::Probe::ports`
// note: in the call of `m::Named<{{97, 98, 99, 0, 0, 0, 0, 0}}>::Named`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read

#include "probe.hpp"

namespace m {

consteval int twice(int n) {
  return 2 * n;
}
struct Name {
  char text[8]{};
  constexpr Name(const char (&from)[4]) {
    for (int i = 0; i < 4; ++i) text[i] = from[i];
  }
};

template <Name kName>
class Named : public Probe {
 public:
  Named() { ports(kName.text, {"t" + std::to_string(twice(21))}); }
};

using Abc = Named<"abc">;
MORT_TASK(Abc);

}  // namespace m
