// task t4 sub=a0:m::A,m0:m::A,m1:m::A,q0:m::A,z0:m::A,z1:m::A pub=two:m::A
// ignore unpublished-topic

#include <map>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::map<std::string, int> counts{{"z", 1}, {"m", 2}};
    counts["a"] = 1;
    ++counts["z"];
    counts.emplace("q", 1);
    std::vector<std::string> topics;
    for (const auto& [name, count] : counts) {
      for (int i = 0; i < count; ++i) topics.push_back(name + std::to_string(i));
    }
    ports("t" + std::to_string(counts.size()), topics,
          {counts.at("m") == 2 && counts.count("none") == 0 ? "two" : "other"});
  }
};
MORT_TASK(T);

}  // namespace m
