// task t sub=zz:m::A,a:m::A,b:m::A,c:m::A,d:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::vector<std::string> topics{"b", "d"};
    topics.insert(topics.begin(), "a");
    topics.insert(topics.begin() + 2, {"c", "c2"});
    topics.erase(topics.begin() + 3);
    topics.emplace_back("e");
    topics.emplace(topics.begin(), 2, 'z');
    topics.pop_back();
    ports("t", topics);
  }
};
MORT_TASK(T);

}  // namespace m
