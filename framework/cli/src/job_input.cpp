#include "job_input.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "mort/base/visible_text.hpp"

namespace mort::cli {

namespace fs = std::filesystem;

void say(const std::string& text) {
  std::fprintf(stderr, "%s\n", visible_text(text).c_str());
}

JobInput::~JobInput() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

Result<BuiltJob> JobInput::load(const std::string& path, const std::vector<std::string>& set) {
  if (!path.ends_with(".mort")) return build_job(path, {set, true, say});
  folder_ = (fs::temp_directory_path() / "mort-bundle-XXXXXX").string();
  if (mkdtemp(folder_.data()) == nullptr)
    return fail(ErrorCode::kFailed, "cannot make a folder", folder_);
  MORT_TRY(job, read_bundle(path, folder_));
  for (const std::string& assignment : set)
    MORT_TRY_VOID(graph::set_param(job.manifest, assignment));
  return job;
}

}  // namespace mort::cli
