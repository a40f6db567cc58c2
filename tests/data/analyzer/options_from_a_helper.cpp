// task camera cpu=1000 period=20000000 pub=frames:m::A
// task detector cpu=2500 period=100000000 sub=frames:m::A

#include "probe.hpp"

namespace m {

using namespace std::chrono_literals;
mort::TaskOptions at_rate(int hertz, double cpu = 1) {
  return {.cpu = cpu, .period = std::chrono::nanoseconds(1s) / hertz};
}
class Camera : public Probe {
 public:
  explicit Camera(int hertz) { ports("camera", {}, {"frames"}, at_rate(hertz)); }
};

class Detector : public Probe {
 public:
  Detector() { ports("detector", {"frames"}, {}, at_rate(10, 2.5)); }
};
MORT_TASK(Camera, 50);
MORT_TASK(Detector);

}  // namespace m
