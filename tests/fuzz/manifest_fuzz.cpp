// Manifests, as agents pass them on.
#include <cstddef>
#include <cstdint>

#include "mort/graph/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mort;
  const auto found = graph::manifest_from_json({reinterpret_cast<const char*>(data), size});
  if (!found) {
    MORT_CHECK(found.error().code == ErrorCode::kInvalid);
    return 0;
  }
  const std::string written = graph::to_json(*found);
  const auto again = graph::manifest_from_json(written);
  MORT_CHECK(again && graph::to_json(*again) == written);
  return 0;
}
