// task t sub=a:m::A,b:m::A,c:m::A pub=out/c:m::A,out/b:m::A,out/a:m::A
// ignore unpublished-topic

#include <algorithm>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::vector<std::string> names{"c", "a", "b"};
    std::sort(names.begin(), names.end());
    std::vector<std::string> pub;
    std::for_each(names.begin(), names.end(),
                  [&](const std::string& n) { pub.push_back("out/" + n); });
    std::reverse(pub.begin(), pub.end());
    ports("t", names, pub);
  }
};
MORT_TASK(T);

}  // namespace m
