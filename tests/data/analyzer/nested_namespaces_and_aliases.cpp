// task hall sub=hall/a:m::A,hall/b:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

namespace plant::hall {
using Topics = std::vector<std::string>;
inline namespace v2 {
inline const std::string kRoot = "hall";
}

namespace detail {
Topics below(const std::string& root) {
  return {root + "/a", root + "/b"};
}
}  // namespace detail
class T : public Probe {
 public:
  T() { ports(kRoot, detail::below(plant::hall::kRoot)); }
};
}  // namespace plant::hall
namespace ph = plant::hall;
using Hall = ph::T;
MORT_TASK(Hall);

}  // namespace m
