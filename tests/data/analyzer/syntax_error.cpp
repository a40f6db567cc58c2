#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() { RegisterTask("t"); }
  //    ^ error clang: use of undeclared identifier 'RegisterTask'
  // note: cure: correct it as for any compiler; flags and include directories come from the job
};

}  // namespace m
