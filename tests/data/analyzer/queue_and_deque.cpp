// task t sub=first:m::A,b:m::A,c:m::A
// ignore unpublished-topic

#include <deque>
#include <list>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::deque<std::string> line;
    line.push_back("b");
    line.push_front("a");
    line.emplace_back("c");
    line.pop_front();
    std::list<std::string> all(line.begin(), line.end());
    all.push_front("first");
    ports("t", {all.begin(), all.end()});
  }
};
MORT_TASK(T);

}  // namespace m
