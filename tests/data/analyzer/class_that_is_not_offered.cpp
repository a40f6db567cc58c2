// task t

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() { ports("t", {}); }
};

class Forgotten : public Probe {
//    ^ warning unregistered-class: `m::Forgotten` calls RegTask, but no MORT_TASK offers it to the job
// note: cure: add MORT_TASK(m::Forgotten, ...); at namespace scope, or remove the class
 public:
  Forgotten() { RegTask("forgotten"); }
};
MORT_TASK(T);

}  // namespace m
