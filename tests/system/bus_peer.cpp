// A process of its own at the other end of a bus, for tests: bus_peer MODE OPTIONS
//
// pair: two participants, on --node and --other; sends --count; prints how many came, the bytes
// over loopback, the IP packets cut in pieces, and milliseconds.
//
// send: waits for a reader, sends --count, ends when the reader has gone.
//
// receive: prints how many of --count came within --seconds.
//
// leave: --count readers, one after the other, each of which leaves while its writer sends; prints
// how many were found.
//
// outlive: sends without a pause to a reader in a process of its own, which is killed, with --stop
// stopped before; prints a line for the reader that lives, is stopped, is dead: how many were
// written, how many were not, and milliseconds of the longest write.
//
// swallow: prints "ready" once it has found its writer; reads until it is killed.
//
// hold: prints "ready" once its writer is there; waits for a signal.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "mort/base/log.hpp"
#include "mort/dds_topics/fast_dds_bus.hpp"

namespace {

using namespace mort;

struct Options {
  std::uint32_t domain = 1;
  std::string node = "a";
  std::string other = "a";
  std::size_t bytes = 1000;
  std::size_t bound = 0;
  int depth = 0;  ///< of keep_last; 0: keep_all
  bool best_effort = false;
  int count = 10;
  int seconds = 20;
  bool stop = false;
  std::uint32_t datagram = 65'500;
  std::uint64_t bulk_rate = 0;
};

const bus::TopicSpec kTopic{"bus_peer", "test::Message"};

std::unique_ptr<bus::Bus> join(const Options& options, const std::string& node) {
  dds_topics::ParticipantOptions participant;
  participant.network.domain = options.domain;
  participant.network.interfaces = {"127.0.0.1"};
  participant.network.peers = {"127.0.0.1"};
  participant.node = node;
  participant.network.max_datagram = options.datagram;
  participant.network.bulk_rate = options.bulk_rate;
  auto made = dds_topics::make_fast_dds_bus(participant);
  if (!made) {
    std::fprintf(stderr, "%s\n", to_string(made.error()).c_str());
    std::_Exit(3);
  }
  return std::move(*made);
}

bus::Qos qos_of(const Options& options) {
  bus::Qos qos;
  qos.keep_all = options.depth == 0;
  qos.max_samples = 8;
  qos.depth = std::max(options.depth, 1);
  qos.reliable = !options.best_effort;
  qos.max_payload = options.bound;
  qos.bulk = options.bytes > 60'000;
  return qos;
}

bool wait_for(const Options& options, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// Bytes that have gone over loopback in this network namespace.
std::uint64_t loopback_bytes() {
  std::ifstream file("/proc/net/dev");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    std::uint64_t received = 0;
    if (words >> name >> received && name == "lo:") return received;
  }
  return 0;
}

/// IP packets that were cut in pieces in this network namespace.
std::uint64_t fragmented_packets() {
  std::ifstream file("/proc/net/snmp");
  std::string names, values, name;
  std::uint64_t value = 0;
  std::getline(file, names);
  std::getline(file, values);
  std::istringstream columns(names), numbers(values.substr(values.find(' ')));
  columns >> name;
  while (columns >> name && numbers >> value) {
    if (name == "FragCreates") return value;
  }
  return 0;
}

std::vector<std::uint8_t> message(const Options& options, int number) {
  std::vector<std::uint8_t> bytes(options.bytes, static_cast<std::uint8_t>(number));
  bytes[0] = 0;
  bytes[1] = 1;
  return bytes;
}

/// Takes what is there; counts what is whole and in its turn.
void take(bus::Reader& reader, const Options& options, int& received) {
  while (const auto sample = reader.take()) {
    if (sample->payload == message(options, received)) ++received;
  }
}

int pair(const Options& options) {
  const auto first = join(options, options.node);
  const auto second = join(options, options.other);
  const auto reader = second->create_reader(kTopic, qos_of(options), {}, {});
  const auto writer = first->create_writer(kTopic, qos_of(options), {}, {});
  if (!reader || !writer) return 3;
  if (!wait_for(options,
                [&] { return (*writer)->has_readers() && !(*reader)->matched().empty(); })) {
    return 4;
  }
  int received = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < options.count; ++i) {
    if (!wait_for(options, [&] {
          take(**reader, options, received);
          return (*writer)->write(message(options, i)) == bus::WriteStatus::kWritten;
        })) {
      return 5;
    }
  }
  wait_for(options, [&] {
    take(**reader, options, received);
    return received == options.count;
  });
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  std::printf("%d %llu %llu %lld\n", received, static_cast<unsigned long long>(loopback_bytes()),
              static_cast<unsigned long long>(fragmented_packets()),
              static_cast<long long>(elapsed.count()));
  return 0;
}

int send(const Options& options) {
  const auto bus = join(options, options.node);
  const auto writer = bus->create_writer(kTopic, qos_of(options), {}, {});
  if (!writer || !wait_for(options, [&] { return (*writer)->has_readers(); })) return 4;
  for (int i = 0; i < options.count; ++i) {
    if (!wait_for(options, [&] {
          return (*writer)->write(message(options, i)) == bus::WriteStatus::kWritten;
        })) {
      return 5;
    }
  }
  // The reader goes when it has all.
  return wait_for(options, [&] { return !(*writer)->has_readers(); }) ? 0 : 6;
}

int receive(const Options& options) {
  const auto bus = join(options, options.node);
  const auto reader = bus->create_reader(kTopic, qos_of(options), {}, {});
  if (!reader) return 3;
  int received = 0;
  wait_for(options, [&] {
    take(**reader, options, received);
    return received == options.count;
  });
  std::printf("%d\n", received);
  return 0;
}

int leave(const Options& options) {
  const auto first = join(options, options.node);
  const auto second = join(options, options.other);
  const auto writer = first->create_writer(kTopic, qos_of(options), {}, {});
  if (!writer) return 3;
  int found = 0;
  for (; found < options.count; ++found) {
    {
      const auto reader = second->create_reader(kTopic, qos_of(options), {}, {});
      if (!reader || !wait_for(options, [&] { return (*writer)->has_readers(); })) break;
      for (int i = 0; i < 8; ++i) (void)(*writer)->write(message(options, i));
    }
    for (int i = 0; i < 8; ++i) (void)(*writer)->write(message(options, i));
    if (!wait_for(options, [&] { return !(*writer)->has_readers(); })) break;
  }
  std::printf("%d\n", found);
  return 0;
}

int swallow(const Options& options) {
  const auto bus = join(options, options.other);
  const auto reader = bus->create_reader(kTopic, qos_of(options), {}, {});
  if (!reader || !wait_for(options, [&] { return !(*reader)->matched().empty(); })) return 4;
  std::printf("ready\n");
  std::fflush(stdout);
  for (;; std::this_thread::sleep_for(std::chrono::milliseconds(1)))
    while ((*reader)->take()) continue;
}

void write_until(const Options& options, bus::Writer& writer, const std::function<bool()>& done) {
  using Clock = std::chrono::steady_clock;
  const auto payload = message(options, 1);
  std::uint64_t written = 0, others = 0;
  Clock::duration longest{0};
  while (!done()) {
    const auto begin = Clock::now();
    ++(writer.write(payload) == bus::WriteStatus::kWritten ? written : others);
    longest = std::max(longest, Clock::now() - begin);
  }
  std::printf("%llu %llu %lld\n", static_cast<unsigned long long>(written),
              static_cast<unsigned long long>(others),
              static_cast<long long>(
                  std::chrono::duration_cast<std::chrono::milliseconds>(longest).count()));
}

int outlive(const Options& options, char** argv) {
  std::array<int, 2> ready{};
  if (pipe(ready.data()) != 0) return 3;
  const pid_t reader = fork();
  if (reader == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ready[1], STDOUT_FILENO);
    argv[1] = const_cast<char*>("swallow");
    execv("/proc/self/exe", argv);
    _exit(127);
  }
  close(ready[1]);
  const auto bus = join(options, options.node);
  const auto writer = bus->create_writer(kTopic, qos_of(options), {}, {});
  if (!writer || !wait_for(options, [&] { return (*writer)->has_readers(); })) return 4;
  // As in a job, where nobody begins before all have found each other.
  if (char byte = 0; read(ready[0], &byte, 1) != 1) return 5;
  const auto within = [](std::chrono::milliseconds time) {
    return [until = std::chrono::steady_clock::now() + time] {
      return std::chrono::steady_clock::now() >= until;
    };
  };
  constexpr std::chrono::milliseconds kPhase(500);
  write_until(options, **writer, within(kPhase));
  if (options.stop) {
    kill(reader, SIGSTOP);
    write_until(options, **writer, within(kPhase));
  }
  kill(reader, SIGKILL);
  waitpid(reader, nullptr, 0);
  const auto most = within(std::chrono::seconds(options.seconds));
  write_until(options, **writer, [&] { return !(*writer)->has_readers() || most(); });
  return (*writer)->has_readers() ? 6 : 0;
}

int hold(const Options& options) {
  const auto bus = join(options, options.node);
  const auto writer = bus->create_writer(kTopic, qos_of(options), {}, {});
  if (!writer) return 3;
  std::printf("ready\n");
  std::fflush(stdout);
  while (true) pause();
}

}  // namespace

int main(int argc, char** argv) {
  log::configure("bus_peer", log::Level::kInfo);
  CLI::App app("a process at the other end of a bus");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  Options options;
  std::string mode;
  app.add_option("mode", mode)->required();
  app.add_option("--domain", options.domain);
  app.add_option("--node", options.node);
  app.add_option("--other", options.other);
  app.add_option("--bytes", options.bytes);
  app.add_option("--bound", options.bound);
  app.add_option("--depth", options.depth);
  app.add_flag("--best-effort", options.best_effort);
  app.add_flag("--stop", options.stop);
  app.add_option("--count", options.count);
  app.add_option("--seconds", options.seconds);
  app.add_option("--datagram", options.datagram);
  app.add_option("--bulk-rate", options.bulk_rate);
  CLI11_PARSE(app, argc, argv);
  if (mode == "pair") return pair(options);
  if (mode == "send") return send(options);
  if (mode == "receive") return receive(options);
  if (mode == "leave") return leave(options);
  if (mode == "outlive") return outlive(options, argv);
  if (mode == "swallow") return swallow(options);
  if (mode == "hold") return hold(options);
  return 2;
}
