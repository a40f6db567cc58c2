// task mixed sub=in5:m::A pub=mixed5:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

struct Named {
  explicit Named(std::string n) : name(std::move(n)) {}
  std::string name;
};

struct Counted {
  int count = 3;
  std::string numbered(const std::string& text) const { return text + std::to_string(count); }
};

class T : public Probe, private Named, public Counted {
 public:
  explicit T(const char* n) : Named(n) {
    count += 2;
    ports(name, {numbered("in")}, {numbered(name)});
  }
};
MORT_TASK(T, "mixed");

}  // namespace m
