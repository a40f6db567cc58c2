// Instances: read, written and read again; small ones planned with every algorithm in both models.
#include <cstddef>
#include <cstdint>

#include "mort/offload/explain.hpp"
#include "mort/offload/planner.hpp"

using namespace mort;

namespace {

void plan(const graph::Instance& instance) {
  for (const std::string& algorithm : offload::algorithms()) {
    for (const char* model : {"plain", "fused"}) {
      offload::Options options;
      options.algorithm = algorithm;
      options.model = model;
      options.objective = instance.edges.size() % 2 == 0 ? "edge" : "topic";
      options.steps = 100;
      const auto found = offload::plan(instance, options);
      if (!found) {
        MORT_CHECK(found.error().code == ErrorCode::kInfeasible);
        MORT_CHECK(!found.error().message.empty());
        continue;
      }
      MORT_CHECK(offload::violations(instance, found->assign, found->model).empty());
      const offload::Figures figures = offload::evaluate(instance, found->assign);
      MORT_CHECK(figures.profit == found->profit && figures.traffic == found->traffic);
      MORT_CHECK(figures.profit >= 0 && figures.profit <= figures.total && figures.traffic >= 0);
      const std::int64_t bound = offload::bound(instance, *found, 10'000);
      MORT_CHECK(options.objective == "topic" ? bound <= found->traffic : bound >= found->profit);
      offload::explain(instance, *found);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto instance = graph::instance_from_json(text, "fuzz");
  if (!instance) {
    MORT_CHECK(instance.error().code == ErrorCode::kInvalid && !instance.error().where.empty());
    return 0;
  }
  const std::string written = to_json(*instance);
  const auto again = graph::instance_from_json(written, "again");
  MORT_CHECK(again && to_json(*again) == written);
  if (instance->tasks.size() <= 10 && instance->nodes.size() <= 4) plan(*instance);
  return 0;
}
