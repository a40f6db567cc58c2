// Which files an outcome was made from, so that it is made again only when one of them changes.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mort/base/result.hpp"

namespace mort {

/// SHA-256 of files, each read once in the life of this object.
class FileHashes {
 public:
  Result<std::string> of(const std::string& path);

 private:
  std::map<std::string, Result<std::string>> known_;
};

/// What an outcome of a C++ compiler depends on besides its flags and files: the variables that
/// name further include directories.
std::string include_environment();

/// Tells builds of one program apart: size and time of the file; empty where there is none.
std::string file_identity(const std::string& path);

class FileRecord {
 public:
  /// Remembers the content of `files`, and that `missing` are not there. Errors: kFailed when a
  /// file cannot be read, is no regular one, has a line break in its path, or was changed after
  /// `begun`: what was made of it may then not be what is hashed.
  static Result<FileRecord> take(const std::vector<std::string>& files,
                                 const std::vector<std::string>& missing, FileHashes& hashes,
                                 std::chrono::system_clock::time_point begun);

  /// True when every file has the content of then, and what was missing is missing still.
  bool unchanged(FileHashes& hashes) const;

  /// A line for each file: "SHA-256 path", or "- path" for a missing one.
  std::string to_text() const;
  /// Errors: kInvalid.
  static Result<FileRecord> from_text(std::string_view text);

 private:
  std::map<std::string, std::string> hashes_;  ///< path -> SHA-256; empty: missing
};

}  // namespace mort
