// Short notation for placement instances, for tests.
#pragma once

#include <gtest/gtest.h>

#include "mort/offload/explain.hpp"

namespace mort::offload {

class Builder {
 public:
  Builder() { instance_.name = "test"; }
  Builder& node(std::int64_t cpu, double utilization = 0.0) {
    instance_.nodes.push_back({cpu, utilization, std::nullopt, ""});
    return *this;
  }
  Builder& task(std::int64_t cpu, std::optional<std::vector<std::int32_t>> nodes = std::nullopt) {
    instance_.tasks.push_back({0, cpu, 0, std::move(nodes), ""});
    return *this;
  }
  Builder& edge(std::int32_t from, std::int32_t to, std::int64_t rate, const char* topic = "") {
    instance_.edges.push_back({from, to, rate, topic});
    return *this;
  }
  /// A virtual task on `node` feeds `to`.
  Builder& feed(std::int32_t node, std::int32_t to, std::int64_t rate) {
    instance_.virtual_edges.push_back(
        {static_cast<std::int32_t>(instance_.virtuals.size()), to, rate});
    instance_.virtuals.push_back({node, ""});
    return *this;
  }
  graph::Instance& get() { return instance_; }

 private:
  graph::Instance instance_;
};

/// The assignment that an algorithm gives; empty, with a test failure, when it gives none.
inline std::vector<std::int32_t> assignment(const graph::Instance& instance,
                                            const std::string& algorithm) {
  Options options;
  options.algorithm = algorithm;
  const auto found = plan(instance, options);
  if (!found) {
    ADD_FAILURE() << to_string(found.error());
    return {};
  }
  return found->assign;
}

}  // namespace mort::offload
