// A task that starts other processes, in every way; the parameter says which.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "mort/task/task.hpp"

extern char** environ;

namespace subprocess {
struct Outcome {
  std::int64_t number = 0;
  std::int64_t status = 0;
  std::string line;
};

std::int64_t status_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

class Shell : public mort::Task {
 public:
  Shell() {
    RegTask("Shell", {.period = std::chrono::milliseconds(50)});
    RegPub({"outcomes"});
  }
  void Run() override {
    const std::string mode = Param("mode");
    const std::string sleep = "sleep " + Param("seconds");
    for (int i = 0; i < 5 && WaitTick(); ++i) {
      Outcome outcome;
      outcome.number = i;
      std::printf("before %d\n", i);  // it waits in a buffer
      if (mode == "popen") {
        FILE* const child = popen("echo hello from a child; exit 3", "r");
        char text[100] = {};
        if (child != nullptr && std::fgets(text, sizeof text, child) != nullptr)
          outcome.line = text;
        outcome.status = pclose(child);
      } else if (mode == "system") {
        outcome.status = std::system("exit 4");
      } else if (mode == "spawn") {
        pid_t child = -1;
        char program[] = "sh";
        char flag[] = "-c";
        char what[] = "exit 6";
        char* const arguments[] = {program, flag, what, nullptr};
        if (posix_spawnp(&child, program, nullptr, nullptr, arguments, environ) != 0) return;
        outcome.status = status_of(child);
      } else if (mode == "daemon") {
        outcome.status = std::system(("setsid " + sleep + " >/dev/null 2>&1 </dev/null &").c_str());
      } else if (mode == "stubborn") {
        outcome.status =
            std::system(("(trap '' TERM HUP INT; env -i setsid " + sleep + ") &").c_str());
      } else {
        const pid_t child = fork();
        if (child == 0) in_child(mode);
        if (child == 0 && mode == "return") return;
        outcome.status = status_of(child);
      }
      Publish("outcomes", outcome);
    }
  }

 private:
  void in_child(const std::string& mode) {
    if (mode == "exec") execlp("sh", "sh", "-c", "exit 9", nullptr);
    if (mode == "exec_fails") execlp("no-such-program", "no-such-program", nullptr);
    if (mode == "exec_fails") std::exit(127);
    if (mode == "exit") {
      std::printf("said by the child\n");
      std::exit(7);
    }
    if (mode == "_exit") _exit(5);
    if (mode == "throw") throw std::runtime_error("in the child");
    if (mode == "finish") Finish();
    if (mode == "publish") Publish("outcomes", Outcome{100, 0, "from the child"});
    if (mode == "take_time") WaitTick();
    if (mode == "log") {
      Log("logged by the child");
      _exit(8);
    }
  }
};

class Show : public mort::Task {
 public:
  Show() {
    RegTask("Show");
    RegSub({"outcomes"});
    RegPub({"last"});
  }
  void Run() override {
    while (const auto outcome = Take<Outcome>("outcomes")) {
      Outcome copy = *outcome;
      copy.number += 1000;
      Publish("last", copy);
    }
  }
};

MORT_TASK(Shell);
MORT_TASK(Show);
}  // namespace subprocess
