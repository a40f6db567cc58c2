// task base_middle_leaf

#include "probe.hpp"

namespace m {

class Base : public Probe {
 public:
  Base() { seen_ = kind(); }
  virtual ~Base() = default;
  virtual std::string kind() const { return "base"; }
  std::string seen_;
};

class Middle : public Base {
 public:
  Middle() { seen_ += "_" + kind(); }
  std::string kind() const override { return "middle"; }
};

class Leaf : public Middle {
 public:
  Leaf() { ports(seen_ + "_" + kind(), {}); }
  std::string kind() const override { return "leaf"; }
};
MORT_TASK(Leaf);

}  // namespace m
