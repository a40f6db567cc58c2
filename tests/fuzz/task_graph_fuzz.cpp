// Task graphs and diagnostics, as mort-analyze writes them.
#include <cstddef>
#include <cstdint>

#include "mort/graph/task_graph.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mort;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto found = graph::task_graph_from_json(text);
  if (found) {
    const std::string written = graph::to_json(*found);
    const auto again = graph::task_graph_from_json(written);
    MORT_CHECK(again && graph::to_json(*again) == written);
  } else {
    MORT_CHECK(found.error().code == ErrorCode::kInvalid);
  }
  (void)graph::diagnostics_from_json(text);
  return 0;
}
