#include "mort/agent/service.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>
#include <thread>

#include "http_api.hpp"
#include "mort/agent/core.hpp"
#include "mort/base/log.hpp"
#include "mort/base/process.hpp"
#include "mort/dds_topics/fast_dds_bus.hpp"
#include "users.hpp"

namespace mort::agent {
namespace {

/// Share of time in which the machine's cores were busy since the call before.
class CpuMeter {
 public:
  double operator()() {
    std::ifstream stat("/proc/stat");
    std::string cpu;
    std::uint64_t value = 0;
    std::uint64_t total = 0;
    std::uint64_t idle = 0;
    stat >> cpu;
    for (int field = 0; field < 8 && stat >> value; ++field) {
      total += value;
      if (field == 3 || field == 4) idle += value;  // idle, iowait
    }
    const std::uint64_t span = total - last_total_;
    const std::uint64_t rest = idle - last_idle_;
    last_total_ = total;
    last_idle_ = idle;
    if (span == 0) return 0;
    return std::clamp(1.0 - static_cast<double>(rest) / static_cast<double>(span), 0.0, 1.0);
  }

 private:
  std::uint64_t last_total_ = 0;
  std::uint64_t last_idle_ = 0;
};

/// A line of /proc/meminfo in bytes.
std::optional<std::int64_t> memory_line(const std::string& name) {
  std::ifstream info("/proc/meminfo");
  std::string label;
  std::int64_t kib = 0;
  std::string unit;
  while (info >> label >> kib) {
    std::getline(info, unit);
    if (label == name + ":") return kib * 1024;
  }
  return std::nullopt;
}

/// That an agent opens with a few workers and clients.
constexpr std::size_t kFiles = 256;

/// How the other agents tell this run of the agent from those before it.
struct Run {
  std::string author;
  std::uint64_t boot = 1;
};

/// The name is random, so that no older copy of the data directory brings one back; the count is on
/// the disk before anything is said under it.
Result<Run> next_run(store::Store& store, const std::string& node) {
  MORT_TRY(known, store.value("boot"));
  Run run;
  if (known) std::from_chars(known->data(), known->data() + known->size(), run.boot);
  ++run.boot;
  MORT_TRY_VOID(store.put_value("boot", std::to_string(run.boot)));
  std::random_device random;  // an identity, not a decision: no seed wanted
  std::ostringstream name;
  name << node << '.' << std::hex << random() << random();
  run.author = name.str();
  return run;
}

/// The machine's name and its IPv4 addresses, for a person who looks for it.
std::string machine_address() {
  char host[256] = "unknown";
  gethostname(host, sizeof host - 1);
  std::string text = host;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return text;
  for (const ifaddrs* one = list; one != nullptr && text.size() < 160; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET ||
        (one->ifa_flags & IFF_LOOPBACK) != 0)
      continue;
    char address[INET_ADDRSTRLEN];
    const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    if (inet_ntop(AF_INET, &ipv4->sin_addr, address, sizeof address) != nullptr)
      text += std::string(" ") + address;
  }
  freeifaddrs(list);
  return text;
}

/// SIGINT and SIGTERM as a descriptor; blocked in every thread that is made later.
sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

/// The database and the artifacts are for the agent's user alone, and its socket too: who reaches
/// it may submit jobs.
void make_private(const std::string& data_dir) {
  namespace fs = std::filesystem;
  std::error_code error;
  const bool made = fs::create_directories(data_dir, error);
  const fs::perms others = fs::perms::group_all | fs::perms::others_all;
  if (error || (fs::status(data_dir, error).permissions() & others) == fs::perms::none) return;
  fs::permissions(data_dir, fs::perms::owner_all, error);
  if (!made)
    log::warning("the data directory " + data_dir + " was open to other users" +
                 (error ? ", and could not be closed: " + error.message() : "; now it is not"));
}

CoreOptions core_options(const ServiceOptions& options, Run run) {
  CoreOptions core;
  core.node = options.node;
  core.author = std::move(run.author);
  core.boot = run.boot;
  core.arch = machine_architecture();
  core.cpu_millis = options.cpu > 0
                        ? std::llround(options.cpu * 1000)
                        : static_cast<std::int64_t>(std::thread::hardware_concurrency()) * 1000;
  core.takes_tasks = options.takes_tasks;
  core.memory = options.memory > 0 ? options.memory : memory_line("MemTotal");
  core.free_memory = [] { return memory_line("MemAvailable"); };
  core.labels = options.labels;
  core.admin = user_name(geteuid());
  core.utilization = CpuMeter();
  core.network = options.network;
  core.address = machine_address();
  return core;
}

}  // namespace

std::string socket_path(const std::string& data_dir) {
  return data_dir + "/agent.sock";
}

Result<void> run_service(const ServiceOptions& options) {
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  unsetenv(
      "FASTRTPS_DEFAULT_PROFILES_FILE");  // a stray profile must not change the fleet's behaviour

  MORT_TRY_VOID(raise_file_limit(kFiles));
  make_private(options.data_dir);
  const int lock =
      open((options.data_dir + "/agent.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    return fail(ErrorCode::kFailed, "cannot write the data directory", options.data_dir,
                "choose another with --data-dir");
  }
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    close(lock);
    return fail(ErrorCode::kFailed, "another agent uses this data directory", options.data_dir,
                "give each agent its own --data-dir");
  }
  MORT_TRY(opened, store::open_store(options.data_dir + "/mort.db"));
  if (opened.was_damaged)
    log::warning(
        "the database was damaged: set aside as mort.db.damaged; it refills from the other agents");
  MORT_TRY(run, next_run(*opened.store, options.node));
  ArtifactStore artifacts(options.data_dir + "/artifacts");
  MORT_TRY_VOID(artifacts.open());
  MORT_TRY(bus, dds_topics::make_fast_dds_bus(
                    {options.network, "mort-agent " + options.node, options.node}));
  const SystemClock clock;
  scheduler::Lane lane(clock, "mort-agent");
  auto launcher = make_process_launcher(options.worker_program, lane);
  std::optional<Error> refused;
  CoreOptions for_core = core_options(options, run);
  for_core.on_refused = [&](const Error& why) {
    refused = why;
    kill(getpid(), SIGTERM);  // ends as when asked to
  };
  AgentCore core(std::move(for_core), lane, *bus, *opened.store, artifacts, *launcher);
  MORT_TRY_VOID(core.open());
  if (!options.policy_file.empty()) {
    std::ifstream file(options.policy_file);
    std::stringstream text;
    text << file.rdbuf();
    if (!file) return fail(ErrorCode::kInvalid, "cannot read the policy", options.policy_file);
    MORT_TRY_VOID(core.set_policy(text.str(), user_name(geteuid())));
  }
  HttpApi api(core, lane, artifacts);
  MORT_TRY_VOID(api.start(socket_path(options.data_dir)));

  std::thread waiter([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    lane.post([&] {
      core.close();
      lane.stop();
    });
  });
  log::info("node " + options.node + " listens at " + socket_path(options.data_dir) +
            ", DDS domain " + std::to_string(options.network.domain));
  lane.run();
  waiter.join();
  lane.close();  // first: what the API still waits for is refused at once
  api.stop();
  close(lock);
  if (refused) return tl::unexpected<Error>(*refused);
  return {};
}

}  // namespace mort::agent
