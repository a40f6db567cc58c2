#include "paths.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "mort/base/log.hpp"

namespace mort::cli {

namespace fs = std::filesystem;

namespace {

fs::path bin() {
  return fs::path(self()).parent_path();
}
bool installed() {
  return fs::exists(bin() / "../include/mort/task/task.hpp");
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string helper(const char* name) {
  const fs::path libexec = bin() / "../libexec/mort" / name;
  return fs::exists(libexec) ? fs::canonical(libexec).string() : (bin() / name).string();
}

std::string home_folder(const char* variable, const char* below_home) {
  if (const std::string folder = environment(variable); !folder.empty()) return folder + "/mort";
  const std::string home = environment("HOME");
  return (home.empty() ? "/tmp" : home) + below_home + "/mort";
}

}  // namespace

std::string self() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).string();
}

std::string worker_program() {
  return helper("mort-worker");
}
std::string analyze_program() {
  return helper("mort-analyze");
}

std::string optimal_program() {
  return helper("mort-optimal");
}

std::vector<std::string> sdk_includes() {
  if (installed()) return {fs::canonical(bin() / "../include").string()};
  std::vector<std::string> list;
  std::istringstream text(MORT_BUILD_SDK_INCLUDES);
  for (std::string item; std::getline(text, item, ':');) list.push_back(item);
  return list;
}

std::string library_dir() {
  return installed() ? fs::canonical(bin() / ".." / MORT_INSTALL_LIBDIR).string()
                     : MORT_BUILD_LIBRARY_DIR;
}

std::string default_data_dir() {
  return geteuid() == 0 ? "/var/lib/mort" : home_folder("XDG_STATE_HOME", "/.local/state");
}

namespace {

bool can_write(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  return !error && access(folder.c_str(), W_OK | X_OK) == 0;
}

/// A folder of this user in /tmp, where anybody else may have been first.
bool is_own(const std::string& folder) {
  struct stat found {};
  return lstat(folder.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
         found.st_uid == geteuid() && (found.st_mode & 077) == 0;
}

}  // namespace

std::string cache_dir() {
  static const std::string folder = [] {
    std::string home = home_folder("XDG_CACHE_HOME", "/.cache");
    if (can_write(home)) return home;
    std::error_code error;
    const std::string other =
        (fs::temp_directory_path(error) / "mort-cache-").string() + std::to_string(geteuid());
    mkdir(other.c_str(), 0700);
    if (!is_own(other)) return home;  // which fails, and says why
    log::warning("cannot write " + home + ": what is built is kept in " + other);
    return other;
  }();
  return folder;
}

}  // namespace mort::cli
