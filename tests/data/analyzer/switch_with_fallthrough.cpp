// task log1 sub=error:m::A
// task log3 sub=debug:m::A,info:m::A,error:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  explicit T(int level) {
    std::vector<std::string> topics;
    switch (level) {
      case 3:
        topics.push_back("debug");
        [[fallthrough]];
      case 2:
        topics.push_back("info");
        [[fallthrough]];
      default:
        topics.push_back("error");
    }
    ports("log" + std::to_string(level), topics);
  }
};
MORT_TASK(T, 3);
MORT_TASK(T, 1);

}  // namespace m
