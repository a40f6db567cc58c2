// task smoother sub=raw:m::A pub=smoother/out:m::A
// task splitter sub=raw:m::A pub=splitter/out0:m::A,splitter/out1:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class Configurable : public Probe {
 protected:
  void init() { ports(name(), inputs(), outputs()); }
  virtual std::string name() const = 0;
  virtual std::vector<std::string> inputs() const { return {"raw"}; }
  virtual std::vector<std::string> outputs() const { return {name() + "/out"}; }
};

class Smoother : public Configurable {
 public:
  Smoother() { init(); }

 protected:
  std::string name() const override { return "smoother"; }
};

class Splitter : public Configurable {
 public:
  explicit Splitter(int ways) : ways_(ways) { init(); }

 protected:
  std::string name() const final { return "splitter"; }
  std::vector<std::string> outputs() const override {
    std::vector<std::string> out;
    for (int i = 0; i < ways_; ++i) out.push_back(Configurable::outputs()[0] + std::to_string(i));
    return out;
  }

 private:
  int ways_;
};
MORT_TASK(Smoother);
MORT_TASK(Splitter, 2);

}  // namespace m
