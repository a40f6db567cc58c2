// task t1 pub=shared:m::A
// task t2 pub=shared:m::A

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  explicit T(int n) { ports("t" + std::to_string(n), {}, {"shared"}); }
  //                                                      ^ error two-publishers: topic "shared" has two publishers, "t1" and "t2"
  // note: first published at one_topic_from_two_publishers.cpp:
  // note: cure: publish each topic from one task only
};
MORT_TASK(T, 1);
MORT_TASK(T, 2);

}  // namespace m
