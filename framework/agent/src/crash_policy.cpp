#include "crash_policy.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace mort::agent {
namespace {

constexpr Nanoseconds kHealth = std::chrono::seconds(60);
constexpr std::array<Nanoseconds, 5> kPauses = {
    std::chrono::milliseconds(100), std::chrono::milliseconds(500), std::chrono::seconds(2),
    std::chrono::seconds(10), std::chrono::seconds(30)};

}  // namespace

AfterCrash after_crash(CrashHistory history, Nanoseconds now, Nanoseconds ran, double jitter) {
  if (history.count == 0 || ran >= kHealth) history = {0, now};
  ++history.count;
  AfterCrash after{history, history.count > kPauses.size(), Nanoseconds(0)};
  if (after.gives_up) return after;
  const Nanoseconds pause = kPauses[history.count - 1];
  const double share = 0.8 + 0.4 * std::clamp(jitter, 0.0, 1.0);
  after.pause = Nanoseconds(std::llround(share * static_cast<double>(pause.count())));
  return after;
}

std::string describe(const CrashHistory& history, Nanoseconds now) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(now - history.first).count();
  return std::to_string(history.count) + " times in " + std::to_string(seconds) + " s";
}

}  // namespace mort::agent
