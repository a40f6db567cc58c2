// task t sub=t1:m::A,t12:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  explicit T(std::string n) : second_(first_ + "2"), first_(n + "1") {
    ports(n, {first_, second_});
  }

 private:
  std::string first_;
  std::string second_;
};
MORT_TASK(T, "t");

}  // namespace m
