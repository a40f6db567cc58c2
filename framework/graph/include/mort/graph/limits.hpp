// What a document may ask for: every reader of this module keeps to these bounds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "mort/graph/payload_size.hpp"  // kMaxPayloadBytes

namespace mort::graph {

constexpr std::size_t kMaxJsonBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxYamlBytes = std::size_t{1} << 20;
/// Values in one JSON document: bounds the memory that a small text can unfold to.
constexpr std::size_t kMaxJsonValues = 4'000'000;
constexpr std::size_t kMaxJsonString = std::size_t{1} << 20;
constexpr std::size_t kMaxJsonDepth = 64;
constexpr std::size_t kMaxYamlDepth = 16;
constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kMaxTasks = 10'000;
constexpr std::size_t kMaxPorts = 1'000;
constexpr std::size_t kMaxTypes = 10'000;
constexpr std::size_t kMaxFields = 1'000;
constexpr std::size_t kMaxTypeDepth = 32;

constexpr std::int64_t kMaxCpuMillis = 1'024'000;
constexpr std::int64_t kMinPeriodNs = 100'000;
constexpr std::int64_t kMaxPeriodNs = std::int64_t{3'600} * 1'000'000'000;
constexpr std::int64_t kMinHoldNs = 1'000'000'000;
constexpr std::int64_t kMaxHoldNs = std::int64_t{86'400} * 1'000'000'000;
constexpr std::int64_t kMinStackKb = 16;
constexpr std::int64_t kMaxStackKb = 1024 * 1024;
constexpr std::int64_t kMaxMemoryBytes = std::int64_t{1} << 40;
constexpr std::int64_t kMaxDepth = 100'000;
constexpr std::int64_t kMaxCpu = 1'023;  ///< number of a CPU (the kernel's cpu_set_t)
constexpr std::int64_t kMaxFifoPriority = 99;

}  // namespace mort::graph
