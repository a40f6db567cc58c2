#include "plan_files.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace mort::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = std::size_t{64} << 20;

/// Where the bytes go: links are followed, so that they stay links.
fs::path target_of(const std::string& path) {
  std::error_code error;
  const fs::path target = fs::weakly_canonical(fs::absolute(path, error), error);
  return error ? fs::path(path) : target;
}

bool is_special(const std::string& path) {
  std::error_code error;
  return fs::is_other(fs::status(path, error));
}

Result<void> check_output(const OutputFile& file) {
  const auto refuse = [&](const std::string& cause, const std::string& cure) {
    return fail(ErrorCode::kInvalid, cause, file.flag + (file.path.empty() ? "" : " " + file.path),
                cure);
  };
  if (file.path.empty()) return refuse("no file is named", "name the file to write");
  std::error_code error;
  if (fs::is_directory(file.path, error)) return refuse("this is a folder", "name a file in it");
  if (is_special(file.path)) return {};
  const fs::path folder = target_of(file.path).parent_path();
  if (!fs::is_directory(folder, error))
    return refuse("there is no folder " + folder.string(), "make it, or name a file elsewhere");
  if (access(folder.c_str(), W_OK) != 0)
    return refuse("folder " + folder.string() + " cannot be written to: " + std::strerror(errno),
                  "name a file elsewhere");
  return {};
}

Result<void> cannot_write(const OutputFile& file, const std::string& why) {
  return fail(ErrorCode::kFailed, "cannot write the file: " + why, file.flag + " " + file.path,
              "check the folder and the disk");
}

bool write_to(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  return file.good();
}

/// Removes what is left of it at its end.
struct Staged {
  fs::path fresh;
  ~Staged() {
    std::error_code ignored;
    if (!fresh.empty()) fs::remove(fresh, ignored);
  }
};

}  // namespace

Result<std::string> read_text(const std::string& path) {
  const auto refuse = [&](const std::string& cause, const std::string& cure) {
    return fail(ErrorCode::kInvalid, cause, path, cure);
  };
  std::error_code error;
  if (path.empty()) return refuse("no file is named", "name the file to read");
  if (fs::is_directory(path, error)) return refuse("this is a folder", "name a file in it");
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return refuse(std::string("cannot read the file: ") + std::strerror(errno),
                  "name a file that can be read");
  std::string text;
  std::vector<char> block(std::size_t{1} << 16);
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())).gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(file.gcount()));
    if (text.size() > kLargestFile)
      return refuse("the file is larger than 64 MiB", "make it smaller");
  }
  if (file.bad()) return refuse("cannot read the file", "check the disk");
  return text;
}

Result<void> check_outputs(const std::vector<OutputFile>& files) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    MORT_TRY_VOID(check_output(files[i]));
    for (std::size_t j = 0; j < i; ++j) {
      if (target_of(files[i].path) == target_of(files[j].path) && !is_special(files[i].path))
        return fail(ErrorCode::kInvalid,
                    files[j].flag + " and " + files[i].flag + " name the same file", files[i].path,
                    "name two files");
    }
  }
  return {};
}

Result<void> write_outputs(const std::vector<OutputFile>& files) {
  std::vector<Staged> staged(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (is_special(files[i].path)) continue;
    const fs::path target = target_of(files[i].path);
    staged[i].fresh = target.string() + "." + std::to_string(getpid()) + ".new";
    if (!write_to(staged[i].fresh, files[i].text))
      return cannot_write(files[i], std::strerror(errno));
    std::error_code ignored;
    const fs::file_status before = fs::status(target, ignored);
    if (fs::exists(before)) fs::permissions(staged[i].fresh, before.permissions(), ignored);
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (staged[i].fresh.empty()) {
      if (!write_to(files[i].path, files[i].text))
        return cannot_write(files[i], std::strerror(errno));
      continue;
    }
    std::error_code error;
    fs::rename(staged[i].fresh, target_of(files[i].path), error);
    if (error) return cannot_write(files[i], error.message());
    staged[i].fresh.clear();
  }
  return {};
}

}  // namespace mort::cli
