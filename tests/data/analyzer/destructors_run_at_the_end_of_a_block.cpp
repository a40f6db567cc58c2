// task t sub=a_body_first_last:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

struct Append {
  std::string& to;
  const char* what;
  ~Append() { to += what; }
};

class T : public Probe {
 public:
  T() {
    std::string topic = "a";
    {
      const Append last{topic, "_last"};
      const Append first{topic, "_first"};
      topic += "_body";
    }
    ports("t", {topic});
  }
};
MORT_TASK(T);

}  // namespace m
