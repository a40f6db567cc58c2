#include "node_memory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace mort::dds_topics {
namespace {

namespace fs = std::filesystem;
constexpr const char* kLockSuffix = ".lock";

std::string home_prefix() {
  return "mort-" + std::to_string(geteuid()) + "-";
}

/// FNV-1a: the same in every program and release, for any node id.
std::string name_of(const std::string& node) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : node) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

/// An open file that is still linked below its name, or -1. Another member may be removing it.
bool is_linked(int file) {
  struct stat status {};
  return fstat(file, &status) == 0 && status.st_nlink > 0;
}

void remove_segments(const std::string& folder, const std::string& prefix) {
  std::error_code ignored;
  const std::string start = segment_name(prefix);
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().rfind(start, 0) == 0) fs::remove(entry.path(), ignored);
  }
}

/// Removes `home`, whose open folder is `lock`, when nobody is left in it. Members hold it shared
/// while they live: those whose lock files are still there are dead, and this is the last that
/// knows of them.
void remove_if_empty(const std::string& folder, const std::string& home, int lock) {
  if (flock(lock, LOCK_EX | LOCK_NB) != 0 || !is_linked(lock)) return;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(home, ignored)) {
    if (entry.path().extension() == kLockSuffix) remove_segments(folder, entry.path().stem());
  }
  fs::remove_all(home, ignored);
}

/// Removes what dead members left in `home`, and `home` itself when nobody is left.
void sweep(const std::string& folder, const std::string& home) {
  const int lock = open(home.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (lock < 0) return;
  struct stat status {};
  if (fstat(lock, &status) != 0 || status.st_uid != geteuid()) {
    close(lock);
    return;
  }
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(home, ignored)) {
    if (entry.path().extension() != kLockSuffix) continue;
    const int member = open(entry.path().c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (member < 0) continue;
    // Linked: its owner may have made it anew since it was opened.
    if (flock(member, LOCK_EX | LOCK_NB) == 0 && is_linked(member)) {
      remove_segments(folder, entry.path().stem());
      unlink(entry.path().c_str());
    }
    close(member);
  }
  remove_if_empty(folder, home, lock);
  close(lock);
}

}  // namespace

std::string segment_name(const std::string& guid) {
  return "fast_datasharing_" + guid;
}

Result<std::unique_ptr<NodeMemory>> NodeMemory::join(const std::string& node,
                                                     const std::string& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().rfind(home_prefix(), 0) == 0) sweep(folder, entry.path());
  }
  const std::string home = folder + "/" + home_prefix() + name_of(node);
  const auto refuse = [&home](const std::string& why) {
    return fail(ErrorCode::kFailed, "no shared memory: " + why, home,
                "messages between processes of this node go by UDP");
  };
  // Another process may remove the folder between mkdir and lock: then it has to be made again.
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (mkdir(home.c_str(), 0700) != 0 && errno != EEXIST)
      return refuse(std::string("the folder cannot be made: ") + std::strerror(errno));
    const int lock = open(home.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (lock < 0) {
      if (errno == ENOENT) continue;
      return refuse(std::string("the folder cannot be opened: ") + std::strerror(errno));
    }
    auto memory = std::unique_ptr<NodeMemory>(new NodeMemory(folder, home, lock));
    struct stat status {};
    if (fstat(lock, &status) != 0 || status.st_uid != geteuid() || (status.st_mode & 077) != 0)
      return refuse("the folder belongs to another user, or is open to others");
    if (flock(lock, LOCK_SH) != 0) return refuse(std::string("no lock: ") + std::strerror(errno));
    if (!is_linked(lock)) continue;
    if (!memory->read_token()) return refuse("the token in it can be neither read nor written");
    return memory;
  }
  return refuse("the folder is removed again and again");
}

NodeMemory::~NodeMemory() {
  if (prefix_lock_ >= 0) {
    remove_segments(folder_, prefix_);
    unlink((home_ + "/" + prefix_ + kLockSuffix).c_str());
    close(prefix_lock_);
  }
  // A failed attempt gives up the shared lock too, so of members that leave at once one succeeds.
  remove_if_empty(folder_, home_, lock_);
  close(lock_);
}

bool NodeMemory::read_token() {
  const std::string path = home_ + "/token";
  for (int attempt = 0; attempt < 2; ++attempt) {
    const int file = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file >= 0) {
      const bool whole = read(file, &token_, sizeof token_) == sizeof token_;
      close(file);
      return whole;
    }
    // Made without a name and linked when complete: nobody reads half a token. The kernel's random
    // numbers, for no two machines may draw the same.
    std::uint64_t token = 0;
    const int fresh = open(home_.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
    if (fresh < 0) return false;
    const std::string unnamed = "/proc/self/fd/" + std::to_string(fresh);
    const bool linked =
        getrandom(&token, sizeof token, 0) == sizeof token &&
        ::write(fresh, &token, sizeof token) == sizeof token &&
        (linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0 ||
         errno == EEXIST);
    close(fresh);
    if (!linked) return false;
  }
  return false;
}

Result<void> NodeMemory::own(const std::string& prefix) {
  MORT_CHECK(prefix_lock_ < 0);
  const std::string path = home_ + "/" + prefix + kLockSuffix;
  while (true) {
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0 || flock(file, LOCK_EX) != 0) {
      const std::string why = std::strerror(errno);
      if (file >= 0) close(file);
      return fail(ErrorCode::kFailed, "no shared memory: the lock cannot be made: " + why, path,
                  "messages between processes of this node go by UDP");
    }
    if (is_linked(file)) {
      prefix_ = prefix;
      prefix_lock_ = file;
      return {};
    }
    close(file);  // swept before it was locked
  }
}

bool NodeMemory::has_room(std::size_t bytes) const {
  struct statvfs status {};
  if (statvfs(folder_.c_str(), &status) != 0) return false;
  return bytes <= status.f_bavail * status.f_frsize / 2;
}

bool NodeMemory::commit(const std::string& guid) const {
  const std::string path = folder_ + "/" + segment_name(guid);
  const int file = open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return false;
  struct stat status {};
  // Fast DDS makes it readable by every user of the machine.
  const bool taken = fchmod(file, S_IRUSR | S_IWUSR) == 0 && fstat(file, &status) == 0 &&
                     posix_fallocate(file, 0, status.st_size) == 0;
  close(file);
  return taken;
}

}  // namespace mort::dds_topics
