// task two sub=one:m::A,two:m::A,three:m::A,n4:m::A,n5:m::A pub=one3:m::A
// ignore unpublished-topic

#include <array>
#include <tuple>

#include "probe.hpp"

namespace m {

constexpr std::array<const char*, 3> kNames{"one", "two", "three"};
constexpr auto kNumbers = std::to_array<int>({4, 5});
class T : public Probe {
 public:
  T() {
    std::vector<std::string> topics{kNames.begin(), kNames.end()};
    for (int n : kNumbers) topics.push_back("n" + std::to_string(n));
    ports(std::get<1>(kNames), topics,
          {std::string(kNames.front()) + std::to_string(kNames.size())});
  }
};
MORT_TASK(T);

}  // namespace m
