// task t sub=a0:m::A,c0:m::A,c1:m::A pub=b0:m::A,b1:m::A
// ignore unpublished-topic

#include <array>

#include "probe.hpp"

namespace m {

struct Row {
  std::string_view topic;
  bool publishes;
  int copies = 1;
};

constexpr std::array<Row, 3> kRows{{{"a", false}, {"b", true, 2}, {"c", false, 2}}};
class T : public Probe {
 public:
  T() {
    std::vector<std::string> sub, pub;
    for (const Row& row : kRows) {
      auto& to = row.publishes ? pub : sub;
      for (int i = 0; i < row.copies; ++i) to.push_back(std::string(row.topic) + std::to_string(i));
    }
    ports("t", sub, pub);
  }
};
MORT_TASK(T);

}  // namespace m
