#include "local_fleet.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "job_watch.hpp"
#include "mort/agent/client.hpp"
#include "mort/agent/service.hpp"
#include "paths.hpp"

namespace mort::cli {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

Result<LocalFleet> LocalFleet::start(int nodes, double cpu, bool keep) {
  MORT_TRY(claim, dds_topics::DomainClaim::claim());
  std::string folder = (fs::temp_directory_path() / "mort-run-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr)
    return fail(ErrorCode::kFailed, "cannot make a folder for the run", folder);
  LocalFleet fleet(std::move(claim), folder, keep);
  for (int node = 0; node < nodes; ++node) MORT_TRY_VOID(fleet.start_agent(node, cpu));
  MORT_TRY_VOID(fleet.wait_until_complete(nodes));
  return fleet;
}

std::string LocalFleet::data_dir(int node) const {
  return folder_ + "/node" + std::to_string(node);
}

Result<void> LocalFleet::start_agent(int node, double cpu) {
  const std::string id = "node" + std::to_string(node);
  std::vector<std::string> arguments = {self(),        "agent",
                                        "--id",        id,
                                        "--cpu",       std::to_string(cpu),
                                        "--data-dir",  data_dir(node),
                                        "--domain",    std::to_string(domain()),
                                        "--interface", "127.0.0.1",
                                        "--peer",      "127.0.0.1"};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int log =
      open((folder_ + "/" + id + ".log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return fail(ErrorCode::kFailed, "cannot start an agent");
  if (pid == 0) {
    setpgid(0, 0);  // Ctrl-C is for the command alone: it stops the job in good order
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    dup2(log, 1);
    dup2(log, 2);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(log);
  agents_.push_back(pid);
  return {};
}

Result<void> LocalFleet::wait_until_complete(int nodes) const {
  const auto deadline = Steady::now() + std::chrono::seconds(30);
  for (int node = 0; node < nodes; ++node) {
    agent::Client client(agent::socket_path(data_dir(node)));
    while (true) {
      if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
      const auto answer = client.get("/v1/nodes");
      const auto list = answer ? nlohmann::json::parse(*answer, nullptr, false) : nlohmann::json();
      if (list.is_array() && list.size() == static_cast<std::size_t>(nodes)) break;
      if (!alive())
        return fail(ErrorCode::kFailed, "an agent of the local fleet has ended:\n" + logs());
      if (Steady::now() > deadline) {
        return fail(ErrorCode::kUnreachable, "the local fleet did not come up:\n" + logs(), {},
                    "is UDP on the loopback interface blocked? See the agents' messages above");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  return {};
}

std::string LocalFleet::logs() const {
  std::string text;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.path().extension() != ".log") continue;
    std::ifstream file(entry.path());
    std::stringstream content;
    content << file.rdbuf();
    text += content.str();
  }
  return text;
}

bool LocalFleet::alive() const {
  for (const pid_t pid : agents_) {
    siginfo_t info{};
    if (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == pid)
      return false;
  }
  return true;
}

LocalFleet::~LocalFleet() {
  if (folder_.empty()) return;  // moved from
  for (const pid_t pid : agents_) kill(pid, SIGTERM);
  const auto deadline = Steady::now() + std::chrono::seconds(5);
  for (const pid_t pid : agents_) {
    while (waitpid(pid, nullptr, WNOHANG) == 0) {
      if (Steady::now() > deadline) {
        kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  std::error_code ignored;
  if (!keep_) fs::remove_all(folder_, ignored);
}

}  // namespace mort::cli
