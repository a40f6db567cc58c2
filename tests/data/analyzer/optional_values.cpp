// at include/probe.hpp:16:13 error unknown-name: the name of this task is not known before the program runs: values of type `std::optional<int>` are not followed
// note: values of type `std::optional<int>` are not followed
// note: it is passed as parameter `n` of `m::T::T`
// note: which of the two is taken depends on it
// note: it is passed as parameter `name` of `m::Probe::ports`
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:19:12 error unknown-topic: the list of topics of RegSub is not known before the program runs: this way to make a list is not followed
// note: this way to make a list is not followed
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: this way to make a list is not followed
// note: this way to make a list is not followed
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include <optional>

#include "probe.hpp"

namespace m {

std::optional<std::string> alias(int n) {
  if (n == 0) return std::nullopt;
  return "alias" + std::to_string(n);
}

class T : public Probe {
 public:
  explicit T(std::optional<int> n) {
    std::vector<std::string> topics{alias(0).value_or("none")};
    if (const auto found = alias(n.value_or(7))) topics.push_back(*found);
    if (n.has_value()) topics.push_back("n" + std::to_string(*n));
    ports(n ? "with" : "without", topics);
  }
};
MORT_TASK(T, std::nullopt);
MORT_TASK(T, 3);

}  // namespace m
