// The light: decides how long each side is green, and switches the lamps.
#include <algorithm>
#include <optional>

#include "messages.hpp"
#include "mort/task/task.hpp"

namespace traffic_light {

/// More green for who waits, within bounds; in the rain people walk more slowly.
Decision decide(const Pedestrians& people, const Vehicles& road, const Weather& weather) {
  Decision decision;
  decision.pedestrians = static_cast<std::int64_t>(people.waiting.size());
  decision.vehicles = std::count_if(road.seen.begin(), road.seen.end(), [](const Vehicle& vehicle) {
    return vehicle.metres_per_second < 1;
  });
  decision.rain = weather.rain_mm_per_hour > 0.5F;
  decision.road_s = std::min<std::int64_t>(10 + 2 * decision.vehicles, 40);
  decision.crossing_s = std::min<std::int64_t>(8 + decision.pedestrians, 30);
  if (decision.rain) decision.crossing_s += decision.crossing_s / 4;
  return decision;
}

class Decide : public mort::Task {
 public:
  Decide() {
    RegTask("Decide", {.cpu = 1, .period = std::chrono::milliseconds(200)});
    RegSub({"pedestrians", "vehicles", "weather"});
    RegPub({"decisions"});
  }
  void Run() override {
    const std::int64_t cycles = IntParam("cycles");  // 0: until the job is stopped
    for (std::int64_t cycle = 0; (cycles == 0 || cycle < cycles) && WaitTick();) {
      while (const auto latest = TryTake<Pedestrians>("pedestrians")) people_ = *latest;
      while (const auto latest = TryTake<Vehicles>("vehicles")) road_ = *latest;
      while (const auto latest = TryTake<Weather>("weather")) weather_ = *latest;
      if (!people_ || !road_ || !weather_) continue;  // one of them has said nothing yet
      Decision decision = decide(*people_, *road_, *weather_);
      decision.cycle = ++cycle;
      if (!Publish("decisions", decision)) return;
    }
  }

 private:
  std::optional<Pedestrians> people_;
  std::optional<Vehicles> road_;
  std::optional<Weather> weather_;
};

class Lamps : public mort::Task {
 public:
  Lamps() {
    RegTask("Lamps", {.cpu = 0.1});
    RegSub({"decisions"});
    RegPub({"lights"});
  }
  void Run() override {
    Lights lights;
    while (const auto decision = Take<Decision>("decisions")) {
      ++lights.cycles;
      lights.road_s += decision->road_s;
      lights.crossing_s += decision->crossing_s;
      lights.last = *decision;
      Log("cycle " + std::to_string(decision->cycle) + " vehicles " +
          std::to_string(decision->vehicles) + " pedestrians " +
          std::to_string(decision->pedestrians) + " rain " + (decision->rain ? "1" : "0") +
          " road " + std::to_string(decision->road_s) + " crossing " +
          std::to_string(decision->crossing_s));
      if (!Publish("lights", lights)) return;
    }
  }
};

MORT_TASK(Decide);
MORT_TASK(Lamps);

}  // namespace traffic_light
