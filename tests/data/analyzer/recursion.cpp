// task t sub=b1010:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

std::string binary(unsigned n) {
  return n < 2 ? std::to_string(n) : binary(n / 2) + std::to_string(n % 2);
}
class T : public Probe {
 public:
  T() { ports("t", {"b" + binary(10)}); }
};
MORT_TASK(T);

}  // namespace m
