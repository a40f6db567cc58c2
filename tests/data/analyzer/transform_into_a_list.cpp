// task t sub=cell1:m::A,cell4:m::A,cell9:m::A pub=cell1/out:m::A,cell4/out:m::A,cell9/out:m::A
// ignore unpublished-topic

#include <algorithm>
#include <iterator>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    const std::vector<int> numbers{1, 2, 3};
    std::vector<std::string> topics;
    std::transform(numbers.begin(), numbers.end(), std::back_inserter(topics),
                   [](int n) { return "cell" + std::to_string(n * n); });
    std::vector<std::string> out(topics.size());
    std::transform(topics.begin(), topics.end(), out.begin(),
                   [](const std::string& t) { return t + "/out"; });
    ports("t", topics, out);
  }
};
MORT_TASK(T);

}  // namespace m
