// The messages of the traffic light: what the sensors see, and what the light does.
#pragma once

#include <cstdint>
#include <vector>

namespace traffic_light {

/// A position on the ground, in metres from the middle of the crossing.
struct Point {
  float x = 0;
  float y = 0;
};

/// People who wait at the kerb.
struct Pedestrians {
  std::int64_t frame = 0;
  std::vector<Point> waiting;
};

struct Vehicle {
  Point at;
  float metres_per_second = 0;
};

/// Vehicles on the road, and the grey picture they were found in.
struct Vehicles {
  std::int64_t frame = 0;
  std::vector<Vehicle> seen;
  std::vector<std::uint8_t> picture;
};

struct Weather {
  float celsius = 0;
  float rain_mm_per_hour = 0;
};

/// One cycle of the light: what was known, and how long each side is green.
struct Decision {
  std::int64_t cycle = 0;
  std::int64_t vehicles = 0;  ///< that wait
  std::int64_t pedestrians = 0;
  bool rain = false;
  std::int64_t road_s = 0;
  std::int64_t crossing_s = 0;
};

/// What the light has done so far.
struct Lights {
  std::int64_t cycles = 0;
  std::int64_t road_s = 0;
  std::int64_t crossing_s = 0;
  Decision last;
};

}  // namespace traffic_light
