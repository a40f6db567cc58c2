// The exact fused cpu of a set of tasks: its antichain of the largest cpu.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model.hpp"

namespace mort::offload {

/// A set of tasks of which no two are ordered, and the sum of their cpu.
struct Antichain {
  std::int64_t cpu = 0;
  std::vector<std::int32_t> tasks;
};

/// The antichain of the largest cpu among `tasks` (distinct), jobs side by side. `model` is fused.
/// By a minimum cut (Dilworth's theorem, weighted). Source: OFFLOAD 1.
Antichain max_antichain(const Model& model, std::span<const std::int32_t> tasks);

/// The cpu of that antichain. Up to 256 tasks by a search over sets of bits, which is quicker.
std::int64_t fused_cpu(const Model& model, std::span<const std::int32_t> tasks);

}  // namespace mort::offload
