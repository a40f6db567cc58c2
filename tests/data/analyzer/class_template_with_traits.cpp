// task convert_camer sub=camera/frame:m::Frame pub=camera/frame/out:m::A
// task convert_lidar sub=lidar/scan:m::Scan pub=lidar/scan/out:m::Frame
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

template <class T>
struct Traits;
struct Frame {
  std::uint32_t width;
};

struct Scan {
  float range;
};

template <>
struct Traits<Frame> {
  static constexpr const char* kTopic = "camera/frame";
};

template <>
struct Traits<Scan> {
  static constexpr const char* kTopic = "lidar/scan";
};

template <class In, class Out = A>
class Converter : public mort::Task {
 public:
  Converter() {
    RegTask(std::string("convert_") +
            std::string(std::string_view(Traits<In>::kTopic).substr(0, 5)));
    RegSub({Traits<In>::kTopic});
    RegPub({std::string(Traits<In>::kTopic) + "/out"});
  }
  void Run() override {
    while (Take<In>(Traits<In>::kTopic)) Publish(std::string(Traits<In>::kTopic) + "/out", Out{});
  }
};

using FrameConverter = Converter<Frame>;
using ScanConverter = Converter<Scan, Frame>;
MORT_TASK(FrameConverter);
MORT_TASK(ScanConverter);

}  // namespace m
