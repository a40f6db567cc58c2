// task light_east pub=light/east:m::A
// task light_north pub=light/north:m::A
// task light_other pub=light/other:m::A

#include "probe.hpp"

namespace m {

enum class Lane : std::uint8_t { kNorth, kEast, kSouth };
constexpr std::string_view to_text(Lane lane) {
  switch (lane) {
    case Lane::kNorth:
      return "north";
    case Lane::kEast:
      return "east";
    default:
      break;
  }
  return "other";
}

class Light : public Probe {
 public:
  explicit Light(Lane lane) {
    ports("light_" + std::string(to_text(lane)), {}, {std::string("light/").append(to_text(lane))});
  }
};
MORT_TASK(Light, Lane::kNorth);
MORT_TASK(Light, Lane::kEast);
MORT_TASK(Light, static_cast<Lane>(2));

}  // namespace m
