#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() { ports("t", {}); }
};
std::unique_ptr<mort::Task> make() { return std::make_unique<T>(); }
static const mort::TaskRegistration kAll[] = {mort::TaskRegistration(make)};
//                                            ^ error unknown-registration: this registers a task in a way that is not followed

}  // namespace m
