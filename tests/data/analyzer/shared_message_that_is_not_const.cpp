#include "probe.hpp"

namespace m {

class T : public mort::Task {
 public:
  T() {
    RegTask("t");
    RegPub({"a"});
  }
  void Run() override { this->Publish("a", std::make_shared<A>()); }
  //                          ^ error message-type: the message is a `std::shared_ptr<m::A>`: a shared message must be const
  // note: cure: publish a std::shared_ptr<const m::A>, or the m::A itself
};
MORT_TASK(T);

}  // namespace m
