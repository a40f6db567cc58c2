// task t sub=a:m::A,b:m::A,c:m::A,e:m::A
// ignore unpublished-topic

#include <algorithm>
#include <array>
#include <iterator>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    const std::array<const char*, 2> fixed = {"a", "b"};
    std::vector<std::string> topics;
    std::copy(fixed.begin(), fixed.end(), std::back_inserter(topics));
    std::vector<std::string> more{"c", "d", "e"};
    std::copy_if(more.begin(), more.end(), std::back_inserter(topics),
                 [](const std::string& t) { return t != "d"; });
    ports("t", topics);
  }
};
MORT_TASK(T);

}  // namespace m
