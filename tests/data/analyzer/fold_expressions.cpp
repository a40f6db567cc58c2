// task sum6 sub=n1:m::A,n2:m::A,n3:m::A
// task sum7 sub=n7:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

template <int... N>
class Numbered : public Probe {
 public:
  Numbered() {
    std::vector<std::string> topics;
    (topics.push_back("n" + std::to_string(N)), ...);
    ports("sum" + std::to_string((0 + ... + N)), topics);
  }
};

using OneTwoThree = Numbered<1, 2, 3>;
using Seven = Numbered<7>;
MORT_TASK(OneTwoThree);
MORT_TASK(Seven);

}  // namespace m
