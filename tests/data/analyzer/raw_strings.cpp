// task t sub=raw/topic:m::A,ab:m::A,abc:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::string text = R"(raw/topic)";
    std::string two = R"x(a)x"
                      "b";
    ports("t", {text, two, "\x61\142\u0063"});
  }
};
MORT_TASK(T);

}  // namespace m
