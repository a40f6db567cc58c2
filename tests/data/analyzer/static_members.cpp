// task thermometer pub=sensor/inside/celsius:m::A,sensor/outside/celsius:m::A

#include <array>

#include "probe.hpp"

namespace m {

struct Sensors {
  static constexpr int kCount = 2;
  static constexpr std::string_view kPrefix = "sensor";
  static const char* const kUnit;
  static const std::array<const char*, kCount> kNames;
};

const char* const Sensors::kUnit = "celsius";
const std::array<const char*, Sensors::kCount> Sensors::kNames = {"inside", "outside"};
class T : public Probe {
 public:
  T() {
    std::vector<std::string> topics;
    for (int i = 0; i < Sensors::kCount; ++i)
      topics.push_back(std::string{Sensors::kPrefix} + "/" + Sensors::kNames[i] + "/" +
                       Sensors::kUnit);
    ports("thermometer", {}, topics);
  }
};
MORT_TASK(T);

}  // namespace m
