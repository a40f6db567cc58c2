// at include/probe.hpp:16:13 error unknown-name: the name of this task is not known before the program runs: members of this type are not followed
// note: members of this type are not followed
// note: it is passed as parameter `name` of `m::Probe::ports`
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read

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
