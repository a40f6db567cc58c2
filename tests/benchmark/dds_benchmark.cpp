// What a message takes from process to process, beside the same program in bare Fast DDS.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <future>
#include <sstream>
#include <string>
#include <vector>

#include "mort/base/process.hpp"
#include "mort/dds_topics/fast_dds_bus.hpp"
#include "rows.hpp"

namespace {

using namespace mort;
using benchmark_rows::Goal;
using benchmark_rows::Row;
using Words = std::vector<std::string>;

constexpr int kPairs = 5;
constexpr double kMedianGoal = 1.15;
constexpr double kTailGoal = 1.3;
constexpr double kGoodputGoal = 0.95;
constexpr int kLongestRun_s = 60;
constexpr std::uint64_t kBulkRate = 240'000'000;  ///< 80 % of the link

/// What one side of a comparison gave, a value for each run.
struct Side {
  std::string program;  ///< mort, bare, iceoryx
  Words options;
  std::vector<double> p50, p99, goodput;
  double lost = 0;
  std::vector<double> all;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

double percentile(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

/// Where the two programs run; the second asks, the first answers.
struct Place {
  Words first, second;              ///< commands to put before
  std::string first_at, second_at;  ///< addresses
};

Words command(const Words& before, const Side& side, const std::string& mode, const Place& place,
              bool first, const Words& more) {
  Words words = before;
  words.push_back(MORT_BENCHMARK_FOLDER "/dds_" + side.program + "_peer");
  words.push_back(mode);
  const auto add = [&words](const Words& some) {
    words.insert(words.end(), some.begin(), some.end());
  };
  add({"--address", first ? place.first_at : place.second_at, "--peer",
       first ? place.second_at : place.first_at});
  // Other nodes have other ids; processes of one node share theirs.
  if (!place.first.empty()) add({"--node", first ? "first" : "second"});
  add(side.options);
  add(more);
  return words;
}

/// Runs both programs to their ends and gives what the one that measures printed.
std::string run(const Side& side, const Place& place, const std::string& mode, Words more) {
  const auto domain = dds_topics::DomainClaim::claim();
  if (!domain) throw std::runtime_error(to_string(domain.error()));
  more.insert(more.end(), {"--domain", std::to_string(domain->id())});
  const bool flood = mode == "flood";
  const Words first = command(place.first, side, flood ? "count" : "echo", place, true, more);
  const Words second = command(place.second, side, mode, place, false, more);
  auto answering =
      std::async(std::launch::async, [&] { return run_process(first, kLongestRun_s); });
  const auto asked = run_process(second, kLongestRun_s);
  const auto answered = answering.get();
  for (const auto* ran : {&asked, &answered}) {
    if (!*ran || (*ran)->exit_code != 0)
      throw std::runtime_error(side.program + " " + mode + ": " +
                               (*ran ? (*ran)->err : to_string(ran->error())));
  }
  return flood ? answered->out : asked->out;
}

void ping(Side& side, const Place& place, const Words& more) {
  std::istringstream lines(run(side, place, "ping", more));
  std::vector<double> times;
  for (std::string word; lines >> word;) {
    if (word == "lost") {
      double lost = 0;
      lines >> lost;
      side.lost += lost;
    } else {
      times.push_back(std::stod(word));
    }
  }
  if (times.empty()) throw std::runtime_error(side.program + ": no answer came");
  side.all.insert(side.all.end(), times.begin(), times.end());
  std::sort(times.begin(), times.end());
  side.p50.push_back(percentile(times, 0.5));
  side.p99.push_back(percentile(times, 0.99));
}

void flood(Side& side, const Place& place, const Words& more) {
  std::istringstream words(run(side, place, "flood", more));
  std::string word;
  double rate = 0;
  words >> word >> rate;
  if (rate <= 0) throw std::runtime_error(side.program + ": nothing arrived");
  side.goodput.push_back(rate / 1e6);
}

class Report {
 public:
  explicit Report(std::string samples) : samples_(std::move(samples)) {}
  void compare(const std::string& name, const std::string& unit, const std::vector<double>& ours,
               const std::string& peer, const std::vector<double>& theirs,
               std::optional<Goal> ratio = {}) {
    Row row{.name = name, .unit = unit, .samples = ours, .peer = peer, .goal = ratio};
    row.peer_value = median(theirs);
    std::vector<double> ratios;  // pair by pair: what disturbs the machine disturbs both of a pair
    for (std::size_t i = 0; i < ours.size(); ++i) ratios.push_back(ours[i] / theirs[i]);
    row.ratio = median(ratios);
    row.goal_of_ratio = true;
    rows.push_back(std::move(row));
  }
  void lost(const std::string& name, double count) {
    rows.push_back(
        {.name = name, .unit = "messages", .samples = {count}, .goal = Goal{Goal::kAtMost, 0}});
  }
  /// The distribution, for a picture.
  void keep(const std::string& name, const Side& side, const std::string& label) const {
    benchmark_rows::keep(samples_, name, label, side.all);
  }
  std::vector<Row> rows;

 private:
  const std::string samples_;
};

/// iox-roudi while iceoryx is measured.
class RouDi {
 public:
  RouDi() {
    if (access("/usr/bin/iox-roudi", X_OK) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      if (freopen("/dev/null", "w", stdout) == nullptr) _exit(1);
      dup2(STDOUT_FILENO, STDERR_FILENO);
      execl("/usr/bin/iox-roudi", "iox-roudi", nullptr);
      _exit(127);
    }
  }
  ~RouDi() {
    if (pid_ <= 0) return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  RouDi(const RouDi&) = delete;
  RouDi& operator=(const RouDi&) = delete;
  bool running() const {
    return pid_ > 0 && access(MORT_BENCHMARK_FOLDER "/dds_iceoryx_peer", X_OK) == 0;
  }

 private:
  pid_t pid_ = -1;
};

struct Load {
  std::string name;
  std::size_t bytes;
  int count;
  double rate;
};

void same_node(Report& report) {
  const RouDi roudi;
  const Place place{{}, {}, "127.0.0.1", "127.0.0.1"};
  for (const Load& load : {Load{"64 B", 64, 2000, 0}, Load{"64 KiB", 65'536, 1500, 0},
                           Load{"1 MiB", 1'048'576, 400, 0}}) {
    const Words more = {"--bytes", std::to_string(load.bytes), "--count",
                        std::to_string(load.count)};
    Side mort{"mort", {"--node", "benchmark-" + std::to_string(getpid())}};
    Side waiting{"bare", {}}, listener{"bare", {"--listener"}}, udp{"bare", {}};
    Side shm{"bare", {"--shm"}}, loan{"bare", {"--loan"}};
    Side iceoryx{"iceoryx", {}};
    const bool shared = load.bytes >= 16 * 1024;  // as Mort chooses
    if (shared) {
      waiting.options.push_back("--shared");
      listener.options.push_back("--shared");
    }
    for (int pair = 0; pair < kPairs; ++pair) {
      ping(mort, place, more);
      ping(waiting, place, more);
      ping(listener, place, more);
      if (shared) {
        ping(udp, place, more);
        ping(shm, place, more);
        ping(loan, place, more);
      }
      if (roudi.running()) ping(iceoryx, place, more);
    }
    const std::string name = "other process, round trip " + load.name;
    report.compare(name + ", p50", "us", mort.p50, "bare Fast DDS, WaitSet", waiting.p50,
                   Goal{Goal::kAtMost, kMedianGoal});
    report.compare(name + ", p99", "us", mort.p99, "bare Fast DDS, WaitSet", waiting.p99,
                   Goal{Goal::kAtMost, kTailGoal});
    report.compare(name + ", p50", "us", mort.p50, "bare Fast DDS, in the listener", listener.p50);
    if (shared) {
      report.compare(name + ", p50", "us", mort.p50, "bare Fast DDS over UDP", udp.p50);
      report.compare(name + ", p50", "us", mort.p50, "bare Fast DDS, SHM transport", shm.p50);
      report.compare(name + ", p50", "us", mort.p50, "bare Fast DDS, loans never touched",
                     loan.p50);
    }
    if (roudi.running()) report.compare(name + ", p50", "us", mort.p50, "iceoryx", iceoryx.p50);
    report.lost(name + ", lost", mort.lost);
    report.keep(name, mort, "mort");
    report.keep(name, waiting, "bare");
    report.keep(name, listener, "listener");
    if (roudi.running()) report.keep(name, iceoryx, "iceoryx");
  }
}

/// Two hosts: network namespaces joined by a link of 300 Mbit/s.
class Link {
 public:
  Link() {
    for (int end = 0; end < 2; ++end) ip({"netns", "add", netns(end)});
    ip({"link", "add", "eth0", "netns", netns(0), "type", "veth", "peer", "name", "eth0", "netns",
        netns(1)});
    for (int end = 0; end < 2; ++end) {
      ip({"-n", netns(end), "addr", "add", address(end) + "/24", "dev", "eth0"});
      ip({"-n", netns(end), "link", "set", "lo", "up"});
      ip({"-n", netns(end), "link", "set", "eth0", "up"});
      ip({"-n", netns(end), "route", "add", "default", "dev", "eth0"});  // multicast needs a route
      check({"ip", "netns", "exec", netns(end), "tc", "qdisc", "add", "dev", "eth0", "root", "tbf",
             "rate", "300mbit", "burst", "64kb", "latency", "100ms"});
    }
  }
  ~Link() {
    for (int end = 0; end < 2; ++end) run_process({"ip", "netns", "del", netns(end)});
  }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  Place place() const {
    return {{"ip", "netns", "exec", netns(0)},
            {"ip", "netns", "exec", netns(1)},
            address(0),
            address(1)};
  }

 private:
  static std::string netns(int end) {
    return "mortlink" + std::to_string(getpid()) + "n" + std::to_string(end);
  }
  static std::string address(int end) { return "10.78.0." + std::to_string(end + 1); }
  static void ip(Words words) {
    words.insert(words.begin(), "ip");
    check(words);
  }
  static void check(const Words& words) {
    const auto ran = run_process(words);
    if (!ran || ran->exit_code != 0)
      throw std::runtime_error("network namespaces need root: " + (ran ? ran->err : words[0]));
  }
};

void other_node(Report& report) {
  const Link link;
  const Place place = link.place();
  for (const Load& load :
       {Load{"64 B at 50 Hz", 64, 100, 50}, Load{"64 KiB at 50 Hz", 65'536, 100, 50},
        Load{"1 MB at 25 Hz", 1'000'000, 50, 25}}) {
    const Words more = {
        "--bytes", std::to_string(load.bytes), "--count",     std::to_string(load.count),
        "--rate",  std::to_string(load.rate),  "--bulk-rate", std::to_string(kBulkRate)};
    Side mort{"mort", {}}, bare{"bare", {}};
    for (int pair = 0; pair < kPairs; ++pair) {
      ping(mort, place, more);
      ping(bare, place, more);
    }
    const std::string name = "other node, round trip " + load.name;
    report.compare(name + ", p50", "us", mort.p50, "bare Fast DDS, WaitSet", bare.p50,
                   Goal{Goal::kAtMost, kMedianGoal});
    report.compare(name + ", p99", "us", mort.p99, "bare Fast DDS, WaitSet", bare.p99);
    report.lost(name + ", lost", mort.lost);
    report.keep(name, mort, "mort");
    report.keep(name, bare, "bare");
  }
}

void full_link(Report& report) {
  const Link link;
  const Place place = link.place();
  Side mort{"mort", {}}, bare{"bare", {}};
  for (int pair = 0; pair < kPairs; ++pair) {
    flood(mort, place, {"--bytes", "1000000", "--seconds", "5"});
    flood(bare, place, {"--bytes", "1000000", "--seconds", "5"});
  }
  report.compare("other node, saturated with 1 MB", "Mbit/s", mort.goodput, "bare Fast DDS",
                 bare.goodput, Goal{Goal::kAtLeast, kGoodputGoal});
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("times and goodput of the data plane between processes, beside bare Fast DDS");
  std::string rows, samples, only;
  app.add_option("--rows", rows, "file for the rows")->required();
  app.add_option("--samples", samples,
                 "folder for the samples of each row: microseconds, one a line")
      ->check(CLI::ExistingDirectory);
  app.add_option("--only", only, "only these rows")
      ->check(CLI::IsMember({"same node", "other node", "full link"}));
  CLI11_PARSE(app, argc, argv);
  try {
    Report report(samples);
    if (only.empty() || only == "same node") same_node(report);
    if (only.empty() || only == "other node") other_node(report);
    if (only.empty() || only == "full link") full_link(report);
    if (!benchmark_rows::write(rows, report.rows)) {
      std::fprintf(stderr, "dds_benchmark: cannot write %s\n", rows.c_str());
      return 1;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dds_benchmark: %s\n", error.what());
    return 1;
  }
}
