// task t sub=cell1:m::A,cell2/raw:m::A
// ignore unpublished-topic

#include <functional>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::function<std::string(int)> topic = [p = std::string("cell")](int n) {
      return p + std::to_string(n);
    };
    std::string (*plain)(const std::string&) = [](const std::string& t) { return t + "/raw"; };
    ports("t", {topic(1), plain(topic(2))});
  }
};
MORT_TASK(T);

}  // namespace m
