// How long the payload of a message type is, where that does not depend on the message.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "mort/graph/task_graph.hpp"

namespace mort::graph {

/// Of the largest message, with its encapsulation: what the message module allows.
constexpr std::int64_t kMaxPayloadBytes = std::int64_t{16} << 20;

/// Bytes of an encoded message of `type` (XCDR1 with its encapsulation); nothing where strings,
/// sequences, optionals or maps make it vary, for unknown types, and beyond the largest payload.
/// Cost: linear in the table, whatever the types are built from.
std::optional<std::int64_t> fixed_payload_size(const TypeTable& types, const std::string& type);

/// The same for many types of one table, at the cost of one.
class PayloadSizes {
 public:
  explicit PayloadSizes(const TypeTable& types);
  ~PayloadSizes();
  PayloadSizes(const PayloadSizes&) = delete;
  PayloadSizes& operator=(const PayloadSizes&) = delete;
  std::optional<std::int64_t> fixed(const std::string& type);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mort::graph
