#include "fork_guard.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <utility>

namespace mort::worker {
namespace {

/// Exit code of a child that went where it must not.
constexpr int kStrayed = 70;  // EX_SOFTWARE

// Handlers of fork() and exit() take no argument: this is the one state of the process here.
struct Guard {
  int control_descriptor = -1;
  std::function<void()> in_child;
};
Guard& guard() {
  static Guard& the_guard = *new Guard;  // never destroyed: exit handlers run after destructors
  return the_guard;
}
bool in_child = false;  // set in a process of one thread

void flush_all() {
  std::cout.flush();
  std::cerr.flush();
  std::clog.flush();
  std::fflush(nullptr);
}

/// The last handler that is registered runs first, and none after it.
void leave(int code, void* /*unused*/) {
  flush_all();
  _exit(code);
}

void before_fork() {
  flush_all();
}

void after_fork_in_child() {
  in_child = true;
  if (guard().control_descriptor >= 0) close(std::exchange(guard().control_descriptor, -1));
  on_exit(leave, nullptr);
  if (guard().in_child) guard().in_child();
}

}  // namespace

void guard_forks(int control_descriptor, std::function<void()> in_child_call) {
  guard() = {control_descriptor, std::move(in_child_call)};
  pthread_atfork(before_fork, nullptr, after_fork_in_child);
}

bool is_forked_child() {
  return in_child;
}

void end_forked_child(const std::string& place) {
  flush_all();
  const std::string text = "a child process made by fork() " + place +
                           ", which only the worker may, and was ended: leave it by _exit(), "
                           "exit() or exec\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
  _exit(kStrayed);
}

void keep_sockets_from_programs() {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
    const int descriptor = std::atoi(entry.path().filename().c_str());
    struct stat status {};
    if (fstat(descriptor, &status) != 0 || !S_ISSOCK(status.st_mode)) continue;
    fcntl(descriptor, F_SETFD, fcntl(descriptor, F_GETFD) | FD_CLOEXEC);
  }
}

}  // namespace mort::worker
