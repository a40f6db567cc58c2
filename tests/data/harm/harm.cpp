// A task that harms whoever is beside it, in the way that the parameter says; then it ends.
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "mort/task/task.hpp"

namespace harm {
struct Number {
  std::int64_t value = 0;
};

/// The socket to the agent: the one of its kind in a worker.
int control_socket() {
  for (int descriptor = 3; descriptor < 4096; ++descriptor) {
    int domain = 0;
    socklen_t size = sizeof domain;
    if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX)
      return descriptor;
  }
  return -1;
}

void write_400_megabytes(int descriptor, const std::string& begin) {
  if (write(descriptor, begin.data(), begin.size()) < 0) return;
  const std::string megabyte(1'000'000, 'x');
  for (int i = 0; i < 400; ++i) {
    for (std::size_t done = 0; done < megabyte.size();) {
      const ssize_t n = write(descriptor, megabyte.data() + done, megabyte.size() - done);
      if (n <= 0) return;
      done += static_cast<std::size_t>(n);
    }
  }
}

class Harm : public mort::Task {
 public:
  Harm() {
    RegTask("Harm", {.period = std::chrono::milliseconds(10)});
    RegPub({"numbers"});
  }
  void Run() override {
    const std::string mode = Param("mode");
    if (mode == "print") write_400_megabytes(1, "");
    if (mode == "descriptor_3") write_400_megabytes(3, "");
    if (mode == "socket") write_400_megabytes(control_socket(), "");
    if (mode == "long_log") write_400_megabytes(control_socket(), R"({"event":"log","text":")");
    if (mode == "events") {
      const std::string event =
          R"({"event":"task","state":"running","task":"Harm","text":"","topic":""})"
          "\n";
      for (int i = 0; i < 50'000; ++i)
        if (write(control_socket(), event.data(), event.size()) <= 0) break;
    }
    if (mode == "stop") raise(SIGSTOP);
    if (mode == "abort") std::abort();
    if (mode == "terminate_parent") {
      for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE, SIGALRM})
        kill(getppid(), signal);
    }
    if (mode == "kill_parent") kill(getppid(), SIGKILL);
    if (mode == "stop_parent") kill(getppid(), SIGSTOP);
    if (mode == "log") {
      for (int i = 0; i < 200'000; ++i) Log("line " + std::to_string(i));
    }
    if (mode == "hog") {
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(8);
      while (std::chrono::steady_clock::now() < end) {
      }
    }
    for (int i = 0; i < 20 && WaitTick(); ++i) Publish("numbers", Number{i});
  }
};

class Show : public mort::Task {
 public:
  Show() {
    RegTask("Show");
    RegSub({"numbers"});
    RegPub({"sum"});
  }
  void Run() override {
    Number sum;
    while (const auto number = Take<Number>("numbers")) {
      sum.value += number->value;
      Publish("sum", sum);
    }
  }
};

MORT_TASK(Harm);
MORT_TASK(Show);
}  // namespace harm
