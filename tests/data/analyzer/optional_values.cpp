// task with sub=none:m::A,alias3:m::A,n3:m::A
// task without sub=none:m::A,alias7:m::A
// ignore unpublished-topic

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
