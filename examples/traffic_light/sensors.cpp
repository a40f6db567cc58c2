// The sensors: stand-ins that see the same scene again and again, at the rates and sizes of cameras
// and a weather station.
#include "messages.hpp"
#include "mort/task/task.hpp"

namespace traffic_light {

/// 0, 1, ... `top`, ... 1, 0, 1, ...
std::int64_t wave(std::int64_t step, std::int64_t top) {
  const std::int64_t at = step % (2 * top);
  return at < top ? at : 2 * top - at;
}

class PedestrianDetection : public mort::Task {
 public:
  PedestrianDetection() {
    RegTask("PedestrianDetection", {.cpu = 0.5, .period = std::chrono::milliseconds(100)});
    RegPub({"pedestrians"});
  }
  void Run() override {
    for (std::int64_t frame = 0; WaitTick(); ++frame) {
      Pedestrians people{frame, {}};
      for (std::int64_t i = 0; i < 4 * wave(frame, 5); ++i)
        people.waiting.push_back({static_cast<float>(i) * 0.6F, -2.0F});
      if (!Publish("pedestrians", std::move(people))) return;
    }
  }
};

class VehicleDetection : public mort::Task {
 public:
  VehicleDetection() {
    RegTask("VehicleDetection", {.cpu = 0.5, .period = std::chrono::milliseconds(40)});
    RegPub({"vehicles"});
  }
  void Run() override {
    for (std::int64_t frame = 0; WaitTick(); ++frame) {
      Vehicles road{frame, {}, std::vector<std::uint8_t>(80 * 60)};
      const std::int64_t count = wave(frame / 2, 18);
      for (std::int64_t i = 0; i < count; ++i) {
        const bool moving = i % 3 == 2;
        road.seen.push_back({{3.0F, 5.0F + 7.0F * static_cast<float>(i)}, moving ? 8.0F : 0.0F});
        road.picture[static_cast<std::size_t>(i * 80)] = 255;
      }
      if (!Publish("vehicles", std::move(road))) return;
    }
  }
};

class WeatherDetection : public mort::Task {
 public:
  WeatherDetection() {
    RegTask("WeatherDetection", {.cpu = 0.1, .period = std::chrono::milliseconds(500)});
    RegPub({"weather"});
  }
  void Run() override {
    for (std::int64_t reading = 0; WaitTick(); ++reading) {
      const bool shower = reading / 2 % 2 == 1;
      if (!Publish("weather", Weather{11.5F, shower ? 2.4F : 0.0F})) return;
    }
  }
};

MORT_TASK(PedestrianDetection);
MORT_TASK(VehicleDetection);
MORT_TASK(WeatherDetection);

}  // namespace traffic_light
