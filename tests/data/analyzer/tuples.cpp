// task t sub=a1:m::A,b2:m::A pub=y:m::A,z:m::A
// ignore unpublished-topic

#include <tuple>

#include "probe.hpp"

namespace m {

using Entry = std::tuple<std::string, int>;
class T : public Probe {
 public:
  T() {
    const std::vector<Entry> entries{{"a", 1}, {"b", 2}};
    std::vector<std::string> topics;
    for (const auto& entry : entries)
      topics.push_back(std::get<0>(entry) + std::to_string(std::get<1>(entry)));
    auto pair = std::make_pair(std::string("x"), std::string("y"));
    std::swap(pair.first, pair.second);
    const auto tuple = std::make_tuple(std::string("z"), 3);
    ports("t", topics, {pair.first, std::get<std::string>(tuple)});
  }
};
MORT_TASK(T);

}  // namespace m
