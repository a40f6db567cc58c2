// task t4 sub=fixed:m::A
// ignore unpublished-topic

#include <tuple>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::string topic = std::getenv("TOPIC") != nullptr ? "given" : "default";
    topic = "fixed";
    int n = std::rand();
    n = 4;
    ports("t" + std::to_string(n), {topic});
  }
};
MORT_TASK(T);

}  // namespace m
