// task t sub=a:m::A pub=b:m::A
// task u sub=b:m::A pub=a:m::A
// at include/probe.hpp:16:5 error cycle: the tasks feed each other in a circle: t -[b]-> u -[a]-> t
// note: data flows one way, but for feedback, which is read a turn later; let one of these tasks drop its subscription, or read it as feedback
// note: cure: let one of these tasks drop its subscription

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T(const char* name, const char* in, const char* out) { ports(name, {in}, {out}); }
};
MORT_TASK(T, "t", "a", "b");
MORT_TASK(T, "u", "b", "a");

}  // namespace m
