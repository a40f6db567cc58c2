// task with_c sub=a:m::A,b:m::A,c:m::A pub=out/a:m::A,out/b:m::A,out/c:m::A
// ignore unpublished-topic

#include <set>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::set<std::string> names{"b", "a", "b"};
    names.insert("c");
    names.insert("a");
    std::vector<std::string> pub;
    for (const std::string& n : names) pub.push_back("out/" + n);
    ports(names.contains("c") ? "with_c" : "without", {names.begin(), names.end()}, pub);
  }
};
MORT_TASK(T);

}  // namespace m
