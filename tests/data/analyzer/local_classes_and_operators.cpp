// task t2 sub=plant/a/b:m::A pub=equal:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

struct Path {
  std::string text;
  Path operator/(std::string_view part) const { return {text + "/" + std::string(part)}; }
  operator std::string() const { return text; }
  bool operator==(const Path&) const = default;
};

class T : public Probe {
 public:
  T() {
    struct Counter {
      int n = 0;
      int operator()() { return ++n; }
    } count;
    count();
    const Path root{"plant"};
    ports("t" + std::to_string(count()), {root / "a" / "b"},
          {root == Path{"plant"} ? "equal" : "different"});
  }
};
MORT_TASK(T);

}  // namespace m
