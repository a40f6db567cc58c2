// task t pub=a:m::A
// task t pub=b:m::A
// at include/probe.hpp:16:5 error duplicate-task: two tasks have the name "t"
// note: the first is registered at include/probe.hpp:16:5
// note: cure: give each task a name of its own

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  explicit T(const char* topic) { ports("t", {}, {topic}); }
};
MORT_TASK(T, "a");
MORT_TASK(T, "b");

}  // namespace m
