// task top

#include "probe.hpp"

namespace m {

struct Site {
  explicit Site(std::string n) : name(std::move(n)) {}
  std::string name;
};

struct Left : virtual Site {
  Left() : Site("left") {}
};

struct Right : virtual Site {
  Right() : Site("right") {}
};

class T : public Probe, public Left, public Right {
 public:
  T() : Site("top") { ports(name, {}); }
};
MORT_TASK(T);

}  // namespace m
