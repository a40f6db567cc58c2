// task filter sub=raw:m::A,clock:m::A pub=filtered:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class Filter : public Probe {
 public:
  Filter() { ports("filter", {"raw", "clock"}, {"filtered"}); }
};
MORT_TASK(Filter);

}  // namespace m
