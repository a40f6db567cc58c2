// task integral pub=out:m::A
// task other

#include "probe.hpp"

namespace m {

template <bool kPublishes, class Kind>
class Switchable : public mort::Task {
 public:
  Switchable() {
    if constexpr (std::is_integral_v<Kind>) {
      RegTask("integral");
    } else {
      RegTask("other");
    }
    if constexpr (kPublishes) RegPub({"out"});
  }
  void Run() override {
    if constexpr (kPublishes) Publish("out", A{});
  }
};

using Publisher = Switchable<true, int>;
using Quiet = Switchable<false, std::string>;
MORT_TASK(Publisher);
MORT_TASK(Quiet);

}  // namespace m
