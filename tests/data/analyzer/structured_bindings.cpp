// task t6 sub=in1:m::A,x:m::A,y7:m::A pub=out:m::A,p:m::A,q:m::A
// ignore unpublished-topic

#include <array>
#include <tuple>

#include "probe.hpp"

namespace m {

struct Names {
  std::string in, out;
};

std::pair<std::string, int> numbered() {
  return {"t", 5};
}
std::tuple<const char*, std::string, int> triple() {
  return {"x", "y", 7};
}
class T : public Probe {
 public:
  T() {
    auto [name, number] = numbered();
    number += 1;
    const auto [a, b, c] = triple();
    Names names{"in", "out"};
    auto& [in, out] = names;
    in += "1";
    std::array<std::string, 2> two{"p", "q"};
    auto [p, q] = two;
    two[0] = "changed";
    ports(name + std::to_string(number), {names.in, a, b + std::to_string(c)}, {out, p, q});
  }
};
MORT_TASK(T);

}  // namespace m
