// Durations and time points as they travel: 64 bits of nanoseconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <type_traits>

namespace mort::message {

template <class T>
struct IsChrono : std::false_type {};
template <class Rep, class Period>
struct IsChrono<std::chrono::duration<Rep, Period>> : std::true_type {
  using Duration = std::chrono::duration<Rep, Period>;
};
template <class Clock, class D>
struct IsChrono<std::chrono::time_point<Clock, D>> : std::true_type {
  using Duration = D;
};

/// Nanoseconds of one tick of a duration.
template <class Duration>
constexpr std::int64_t nanoseconds_of_tick() {
  using Ticks = std::ratio_divide<typename Duration::period, std::nano>;
  static_assert(std::is_integral_v<typename Duration::rep> && Ticks::den == 1,
                "a time in a message is a whole number of nanoseconds: use "
                "std::chrono::nanoseconds, microseconds, milliseconds, seconds, ..., or send a "
                "double");
  return Ticks::num;
}

/// The nanoseconds of a duration or of a time point since its epoch. What they cannot say (beyond
/// 292 years) becomes the most that they can.
template <class T>
constexpr std::int64_t to_nanoseconds(const T& time) {
  using Duration = typename IsChrono<T>::Duration;
  constexpr std::int64_t kTick = nanoseconds_of_tick<Duration>();
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  if (time == T::max()) return kMost;
  if (time == T::min() && std::is_signed_v<typename Duration::rep>) return kLeast;
  const auto ticks = [&] {
    if constexpr (std::is_same_v<T, Duration>)
      return time.count();
    else
      return time.time_since_epoch().count();
  }();
  if (ticks > 0 && static_cast<std::uint64_t>(ticks) > static_cast<std::uint64_t>(kMost / kTick))
    return kMost;
  if (ticks < 0 && static_cast<std::int64_t>(ticks) < kLeast / kTick) return kLeast;
  return static_cast<std::int64_t>(ticks) * kTick;
}

/// The way back. The largest and the smallest number stand for T::max() and T::min(). Nothing:
/// between two ticks of T, or beyond what it holds.
template <class T>
constexpr std::optional<T> from_nanoseconds(std::int64_t nanoseconds) {
  using Duration = typename IsChrono<T>::Duration;
  using Rep = typename Duration::rep;
  constexpr std::int64_t kTick = nanoseconds_of_tick<Duration>();
  if (nanoseconds == std::numeric_limits<std::int64_t>::max()) return T::max();
  if (nanoseconds == std::numeric_limits<std::int64_t>::min() && std::is_signed_v<Rep>)
    return T::min();
  const std::int64_t ticks = nanoseconds / kTick;
  const auto held = static_cast<Rep>(ticks);
  if (nanoseconds % kTick != 0 || static_cast<std::int64_t>(held) != ticks ||
      (ticks < 0) != (held < 0))
    return std::nullopt;
  return T(Duration(held));
}

}  // namespace mort::message
