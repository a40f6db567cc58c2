// Plans: read, written and read again, and judged against an instance of as many tasks.
#include <cstddef>
#include <cstdint>

#include "mort/offload/planner.hpp"

using namespace mort;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto plan = graph::plan_from_json({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!plan) {
    MORT_CHECK(plan.error().code == ErrorCode::kInvalid && !plan.error().where.empty());
    return 0;
  }
  const std::string written = to_json(*plan);
  const auto again = graph::plan_from_json(written, "again");
  MORT_CHECK(again && to_json(*again) == written);
  graph::Instance instance;
  instance.nodes.resize(3);
  for (std::size_t i = 0; i < std::min<std::size_t>(plan->assign.size(), 200); ++i) {
    instance.nodes[i % 3].cpu += static_cast<std::int64_t>(i % 2);
    instance.tasks.emplace_back().cpu = static_cast<std::int64_t>(i % 3);
    if (i > 0)
      instance.edges.push_back(
          {static_cast<std::int32_t>(i / 2), static_cast<std::int32_t>(i), 1, "t"});
  }
  offload::violations(instance, plan->assign, "plain");
  offload::violations(instance, plan->assign, "fused");
  if (instance.tasks.size() == plan->assign.size()) offload::evaluate(instance, plan->assign);
  return 0;
}
