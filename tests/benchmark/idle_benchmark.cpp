// What Mort costs while nothing happens: an agent, and the worker of a job of 100 tasks that wait,
// beside a bare Fast DDS participant in the same time.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fastdds/rtps/transport/UDPv4TransportDescriptor.h>
#include <CLI/CLI.hpp>
#include <chrono>
#include <fastdds/dds/domain/DomainParticipant.hpp>
#include <fastdds/dds/domain/DomainParticipantFactory.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <thread>

#include "mort/base/process.hpp"
#include "mort/dds_topics/fast_dds_bus.hpp"
#include "rows.hpp"

namespace mort {
namespace {

namespace fs = std::filesystem;
namespace dds = eprosima::fastdds::dds;
using benchmark_rows::Goal;
using benchmark_rows::Row;
using Samples = std::vector<double>;
using Clock = std::chrono::steady_clock;

constexpr int kTasks = 100;
constexpr int kWindows = 5;
constexpr std::chrono::seconds kWindow{6};
constexpr double kMostCpu = 0.2;    ///< per cent of a core more than the participant
constexpr double kMostMemory = 15;  ///< MB more than the participant

/// A child process, ended with this object.
class Child {
 public:
  explicit Child(const std::function<int()>& body) : pid_(fork()) {
    if (pid_ < 0) throw std::runtime_error("no process can be started");
    if (pid_ > 0) return;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    _exit(body());
  }
  ~Child() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  pid_t pid() const { return pid_; }

 private:
  const pid_t pid_;
};

/// A participant on loopback, as a program that uses Fast DDS alone makes it.
int bare_participant(std::uint32_t domain) {
  dds::DomainParticipantQos qos;
  qos.transport().use_builtin_transports = false;
  auto udp = std::make_shared<eprosima::fastdds::rtps::UDPv4TransportDescriptor>();
  udp->interfaceWhiteList = {"127.0.0.1"};
  qos.transport().user_transports.push_back(udp);
  if (dds::DomainParticipantFactory::get_instance()->create_participant(domain, qos) == nullptr)
    return 1;
  while (true) pause();
}

/// Seconds on a processor, of all threads.
double cpu_seconds(pid_t pid) {
  double nanoseconds = 0;
  for (const auto& thread : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream file(thread.path() / "schedstat");
    double one = 0;
    if (file >> one) nanoseconds += one;
  }
  return nanoseconds / 1e9;
}

double resident_megabytes(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stod(line.substr(6)) / 1000;
  }
  throw std::runtime_error("process " + std::to_string(pid) + " has ended");
}

template <class Done>
void wait_for(const char* what, const Done& done) {
  const auto deadline = Clock::now() + std::chrono::seconds(90);
  while (!done()) {
    if (Clock::now() > deadline) throw std::runtime_error(std::string("timed out: ") + what);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

/// The worker process that the agent has started.
pid_t child_of(pid_t parent) {
  std::ifstream file("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) +
                     "/children");
  pid_t child = 0;
  file >> child;
  if (child != 0) return child;
  for (const auto& thread : fs::directory_iterator("/proc/" + std::to_string(parent) + "/task")) {
    std::ifstream children(thread.path() / "children");
    if (children >> child) return child;
  }
  return 0;
}

/// A job whose tasks wait for an hour.
std::string write_job(const fs::path& folder) {
  std::ofstream source(folder / "waiting.cpp");
  source << "#include <mort/task/task.hpp>\n"
            "struct Waiting : mort::Task {\n"
            "  explicit Waiting(const std::string& name) { RegTask(name); }\n"
            "  void Run() override { while (true) Sleep(std::chrono::hours(1)); }\n"
            "};\n";
  for (int i = 0; i < kTasks; ++i) source << "MORT_TASK(Waiting, \"t" << i << "\");\n";
  std::ofstream yaml(folder / "job.yaml");
  yaml << "job: waiting\nsources: [waiting.cpp]\ntasks:\n";
  for (int i = 0; i < kTasks; ++i) yaml << "  t" << i << ": {cpu: 0.01}\n";
  return (folder / "job.yaml").string();
}

struct Seen {
  Samples cpu;     ///< per cent of a core
  Samples memory;  ///< MB
};

/// Lets the processes be for some windows of time.
std::vector<Seen> watch(const std::vector<pid_t>& pids) {
  std::this_thread::sleep_for(std::chrono::seconds(5));  // until what began has settled
  std::vector<Seen> seen(pids.size());
  for (int window = 0; window < kWindows; ++window) {
    Samples before;
    const auto begin = Clock::now();
    for (const pid_t pid : pids) before.push_back(cpu_seconds(pid));
    std::this_thread::sleep_for(kWindow);
    const double elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
    for (std::size_t i = 0; i < pids.size(); ++i) {
      seen[i].cpu.push_back((cpu_seconds(pids[i]) - before[i]) / elapsed * 100);
      seen[i].memory.push_back(resident_megabytes(pids[i]));
    }
  }
  return seen;
}

void add(std::vector<Row>& rows, const std::string& what, const Seen& ours, const Seen& bare,
         bool has_goal) {
  Row cpu{.name = what + ": CPU",
          .unit = "% of a core",
          .samples = ours.cpu,
          .peer = "bare Fast DDS participant"};
  cpu.peer_value = benchmark_rows::value_of({.samples = bare.cpu});
  if (has_goal) cpu.goal = Goal{Goal::kAtMost, *cpu.peer_value + kMostCpu};
  rows.push_back(cpu);
  Row memory{.name = what + ": memory",
             .unit = "MB resident",
             .samples = ours.memory,
             .peer = "bare Fast DDS participant"};
  memory.peer_value = benchmark_rows::value_of({.samples = bare.memory});
  if (has_goal) memory.goal = Goal{Goal::kAtMost, *memory.peer_value + kMostMemory};
  rows.push_back(memory);
}

std::vector<Row> measure(const fs::path& folder) {
  const auto domain = dds_topics::DomainClaim::claim();
  if (!domain) throw std::runtime_error(to_string(domain.error()));
  const std::string data = folder / "agent";
  const Child bare([&] { return bare_participant(domain->id()); });
  const Child agent([&] {
    if (freopen((folder / "agent.log").c_str(), "w", stderr) == nullptr) return 1;
    execl(MORT_PROGRAM, "mort", "agent", "--id", "idle", "--data-dir", data.c_str(), "--domain",
          std::to_string(domain->id()).c_str(), "--interface", "127.0.0.1", "--cpu", "4", nullptr);
    return 127;
  });
  wait_for("the agent", [&] { return fs::exists(data + "/agent.sock"); });
  const auto alone = watch({bare.pid(), agent.pid()});
  std::vector<Row> rows;
  add(rows, "agent without jobs", alone[1], alone[0], true);
  const auto submitted =
      run_process({MORT_PROGRAM, "submit", write_job(folder), "--agent", data}, 120);
  if (!submitted || submitted->exit_code != 0)
    throw std::runtime_error("submit: " + (submitted ? submitted->err : "not started"));
  wait_for("the job", [&] {
    const auto tasks = run_process({MORT_PROGRAM, "tasks", "--json", "--agent", data}, 10);
    return tasks && tasks->out.find("\"running\"") != std::string::npos;
  });
  const pid_t worker = child_of(agent.pid());
  if (worker == 0) throw std::runtime_error("the agent has no worker");
  const auto busy = watch({bare.pid(), agent.pid(), worker});
  const std::string tasks = std::to_string(kTasks);
  add(rows, "worker with " + tasks + " waiting tasks", busy[2], busy[0], true);
  add(rows, "agent of a job of " + tasks + " waiting tasks", busy[1], busy[0], false);
  return rows;
}

}  // namespace
}  // namespace mort

int main(int argc, char** argv) {
  CLI::App app("Benchmark of Mort while nothing happens");
  std::string rows;
  app.add_option("--rows", rows, "File for the rows, one JSON object a line")->required();
  CLI11_PARSE(app, argc, argv);
  char pattern[] = "/tmp/mort-idle-XXXXXX";
  const mort::fs::path folder = mkdtemp(pattern);
  int code = 0;
  try {
    if (!mort::benchmark_rows::write(rows, mort::measure(folder))) code = 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "idle_benchmark: %s\n", error.what());
    code = 1;
  }
  mort::fs::remove_all(folder);
  return code;
}
