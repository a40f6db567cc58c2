// task other sub=n6:m::A
// task standard sub=a:m::A,b:m::A,n6:m::A
// task third sub=z:m::A,n1:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

constexpr int kDefault = 3;
class T : public Probe {
 public:
  explicit T(std::string name = "standard", std::vector<std::string> topics = {"a", "b"},
             int n = kDefault * 2) {
    topics.push_back("n" + std::to_string(n));
    ports(name, topics);
  }
};
MORT_TASK(T);
MORT_TASK(T, "other", std::vector<std::string>{});
MORT_TASK(T, "third", std::vector<std::string>{"z"}, 1);

}  // namespace m
