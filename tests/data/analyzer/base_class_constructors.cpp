// task t_base sub=a1:m::A
// task u_base sub=b:m::A
// task v_base sub=w:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class Base : public Probe {
 public:
  Base(std::string name, std::string topic) : topic_(topic) { ports(name + suffix(), {topic_}); }
  virtual std::string suffix() const { return "_base"; }
  std::string topic_;
};

class T : public Base {
 public:
  explicit T(std::string t) : Base("t", t + "1") {}
  std::string suffix() const override { return "_derived"; }
};

class U : public Base {
 public:
  using Base::Base;
};

class V : public Base {
 public:
  V() : V("v") {}
  explicit V(const char* n) : Base(n, "w") {}
};
MORT_TASK(T, "a");
MORT_TASK(U, "u", "b");
MORT_TASK(V);

}  // namespace m
