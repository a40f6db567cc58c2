#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() { ports("t", {}); }
};
std::unique_ptr<mort::Task> make() { return std::make_unique<T>(); }
const mort::TaskRegistration& kept = mort::TaskRegistration(make);
//                                   ^ error unknown-registration: this registers a task in a way that is not followed
// note: cure: write MORT_TASK(Class, arguments...); at namespace scope of a source

}  // namespace m
