// task t sub=a:m::A
// ignore unpublished-topic

#include <stdexcept>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    const char* home = std::getenv("HOME");
    std::string where = home != nullptr ? home : "nowhere";
    if (where == "forbidden") throw std::runtime_error(where);
    if (where.empty()) count_ = 2;
    ports("t", {"a"});
  }
  int count_ = 1;
};
MORT_TASK(T);

}  // namespace m
