// Amounts with a unit, as people write them.
#include "mort/graph/job.hpp"
#include "yaml_values.hpp"

namespace mort::graph {

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  constexpr std::pair<std::string_view, int> kUnits[] = {
      {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"B", 0}};
  for (const auto& [unit, shift] : kUnits) {
    if (!text.ends_with(unit)) continue;
    text.remove_suffix(unit.size());
    if (text.ends_with(' ')) text.remove_suffix(1);
    const auto thousandths = parse_decimal(text, 3);
    if (!thousandths || *thousandths < 0) return std::nullopt;
    if (*thousandths > INT64_MAX >> shift) return INT64_MAX;
    return (*thousandths << shift) / 1000;
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
      {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}};
  for (const auto& [unit, ns] : kUnits) {
    if (!text.ends_with(unit)) continue;
    text.remove_suffix(unit.size());
    if (text.ends_with(' ')) text.remove_suffix(1);
    const auto thousandths = parse_decimal(text, 3);
    if (!thousandths || *thousandths < 0) return std::nullopt;
    if (*thousandths > INT64_MAX / (ns / 1000)) return INT64_MAX;
    return *thousandths * (ns / 1000);
  }
  return std::nullopt;
}

}  // namespace mort::graph
