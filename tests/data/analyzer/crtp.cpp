// task blur sub=blur/in:m::A pub=blurred:m::A
// task edge sub=edge/in:m::A pub=edges:m::A,corners:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

template <class Derived>
class Stage : public Probe {
 public:
  Stage() { ports(Derived::kName, {std::string(Derived::kName) + "/in"}, Derived::outputs()); }
};

class Blur : public Stage<Blur> {
 public:
  static constexpr const char* kName = "blur";
  static std::vector<std::string> outputs() { return {"blurred"}; }
};

class Edge : public Stage<Edge> {
 public:
  static constexpr const char* kName = "edge";
  static std::vector<std::string> outputs() { return {"edges", "corners"}; }
};
MORT_TASK(Blur);
MORT_TASK(Edge);

}  // namespace m
