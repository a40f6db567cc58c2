#include "paths.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

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

std::string cache_dir() {
  return home_folder("XDG_CACHE_HOME", "/.cache");
}

}  // namespace mort::cli
