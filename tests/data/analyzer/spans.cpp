// task t sub=a0:m::A,b1:m::A,c2:m::A pub=b0:m::A
// ignore unpublished-topic

#include <span>

#include "probe.hpp"

namespace m {

std::vector<std::string> numbered(std::span<const std::string> names) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < names.size(); ++i) out.push_back(names[i] + std::to_string(i));
  return out;
}

class T : public Probe {
 public:
  T() {
    const std::vector<std::string> all{"a", "b", "c"};
    ports("t", numbered(all), numbered(std::span(all).first(2).subspan(1)));
  }
};
MORT_TASK(T);

}  // namespace m
