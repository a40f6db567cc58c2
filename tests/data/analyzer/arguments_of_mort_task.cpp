// task t1 sub=a:m::A
// task t2 sub=b:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class Reader : public Probe {
 public:
  Reader(std::string name, const char* topic) { ports(name, {topic}); }
};
MORT_TASK(Reader, "t1", "a");
MORT_TASK(Reader, "t2", "b");

}  // namespace m
