// task abc sub=t42:m::A
// ignore unpublished-topic

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
