// Job descriptions.
#include <cstddef>
#include <cstdint>

#include "mort/graph/job.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mort;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto job = graph::parse_job(text, "fuzz.yaml");
  if (!job) MORT_CHECK(job.error().code == ErrorCode::kInvalid && !job.error().message.empty());
  return 0;
}
