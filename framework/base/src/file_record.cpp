#include "mort/base/file_record.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "mort/base/sha256.hpp"

namespace mort {
namespace {

using std::chrono::system_clock;

/// File systems stamp by the kernel's tick, which may be a little behind the clock.
constexpr std::chrono::milliseconds kTick{20};

bool is_regular(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode);
}

/// Was the file written, or moved here, since `begun`? Unlike the time of modification that of the
/// change cannot be set.
bool changed_since(const std::string& path, system_clock::time_point begun) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return true;
  const system_clock::time_point stamp{std::chrono::duration_cast<system_clock::duration>(
      std::chrono::seconds(found.st_ctim.tv_sec) +
      std::chrono::nanoseconds(found.st_ctim.tv_nsec))};
  return stamp > begun - kTick;
}

bool exists(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0;
}

}  // namespace

std::string include_environment() {
  std::string text;
  for (const char* name : {"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH"}) {
    const char* value = std::getenv(name);
    text += std::string(value != nullptr ? value : "") + "\n";
  }
  return text;
}

std::string file_identity(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return {};
  return std::to_string(found.st_size) + "-" + std::to_string(found.st_mtim.tv_sec) + "." +
         std::to_string(found.st_mtim.tv_nsec);
}

Result<std::string> FileHashes::of(const std::string& path) {
  const auto known = known_.find(path);
  return known != known_.end() ? known->second
                               : known_.emplace(path, sha256_file(path)).first->second;
}

Result<FileRecord> FileRecord::take(const std::vector<std::string>& files,
                                    const std::vector<std::string>& missing, FileHashes& hashes,
                                    system_clock::time_point begun) {
  FileRecord record;
  for (const std::string& path : missing) record.hashes_[path];
  for (const std::string& path : files) {
    // A pipe has no content to compare, and would wait.
    if (!is_regular(path)) return fail(ErrorCode::kFailed, "it is no regular file", path);
    MORT_TRY(hash, hashes.of(path));
    if (changed_since(path, begun))
      return fail(ErrorCode::kFailed, "it was changed while it was read", path);
    record.hashes_[path] = hash;
  }
  for (const auto& [path, hash] : record.hashes_) {
    if (path.empty() || path.find('\n') != std::string::npos)
      return fail(ErrorCode::kFailed, "a path with a line break cannot be recorded", path);
  }
  return record;
}

bool FileRecord::unchanged(FileHashes& hashes) const {
  return std::all_of(hashes_.begin(), hashes_.end(), [&](const auto& entry) {
    const auto& [path, hash] = entry;
    if (hash.empty()) return !exists(path);
    if (!is_regular(path)) return false;
    const auto now = hashes.of(path);
    return now && *now == hash;
  });
}

std::string FileRecord::to_text() const {
  std::string text;
  for (const auto& [path, hash] : hashes_) text += (hash.empty() ? "-" : hash) + " " + path + "\n";
  return text;
}

Result<FileRecord> FileRecord::from_text(std::string_view text) {
  FileRecord record;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const std::size_t space = line.find(' ');
    const std::string_view hash = line.substr(0, space);
    if (end == std::string_view::npos || space == std::string_view::npos ||
        space + 1 == line.size() || (hash != "-" && !is_sha256_hex(hash)))
      return fail(ErrorCode::kInvalid, "this is no record of files");
    record.hashes_[std::string(line.substr(space + 1))] = hash == "-" ? "" : std::string(hash);
    text.remove_prefix(end + 1);
  }
  return record;
}

}  // namespace mort
