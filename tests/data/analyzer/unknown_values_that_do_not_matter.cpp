// task t sub=a:m::A
// ignore unpublished-topic

#include <stdexcept>
#include <tuple>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    const char* home = std::getenv("HOME");
    if (home == nullptr) throw std::runtime_error("no home");
    std::string where = home;
    if (where.empty()) count_ = 2;
    Log("at " + where);
    ports("t", {"a"});
  }
  int count_ = 1;
};
MORT_TASK(T);

}  // namespace m
