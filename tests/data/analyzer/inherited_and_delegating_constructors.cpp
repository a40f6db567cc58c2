// task last sub=c2:m::A pub=c3:m::A
// task stage1 sub=c0:m::A pub=c1:m::A
// task stage2 sub=c1:m::A pub=c2:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class Stage : public Probe {
 public:
  Stage(const std::string& name, std::string in, std::string out) {
    ports(name, {std::move(in)}, {std::move(out)});
  }
  explicit Stage(int n)
      : Stage("stage" + std::to_string(n), "c" + std::to_string(n - 1), "c" + std::to_string(n)) {}
};

class Middle : public Stage {
 public:
  using Stage::Stage;
};
MORT_TASK(Middle, 1);
MORT_TASK(Middle, 2);
MORT_TASK(Middle, "last", "c2", "c3");

}  // namespace m
