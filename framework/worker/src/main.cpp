// mort-worker: started by the agent with a socket as descriptor 3; first line in: its
// configuration.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fork_guard.hpp"
#include "mort/base/log.hpp"
#include "mort/base/visible_text.hpp"
#include "mort/dds_topics/fast_dds_bus.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/scheduler/overflow_report.hpp"
#include "mort/worker/supervision.hpp"
#include "mort/worker/worker.hpp"

namespace {

using namespace mort;

/// Moved from where it was given, so that no task writes to it by mistake.
int control_socket = -1;
/// For forks, whose handlers take no argument; null while there is none.
worker::Worker* the_engine = nullptr;
constexpr std::size_t kLongestLine = 128UL << 20;

/// Lines from the agent.
class LineReader {
 public:
  bool next(std::string& line) {
    while (true) {
      if (const auto end = buffer_.find('\n', searched_); end != std::string::npos) {
        line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        searched_ = 0;
        return true;
      }
      searched_ = buffer_.size();
      char block[65536];
      const ssize_t got = read(control_socket, block, sizeof block);
      if (got <= 0 || buffer_.size() > kLongestLine) return false;
      buffer_.append(block, static_cast<std::size_t>(got));
    }
  }

 private:
  std::string buffer_;
  std::size_t searched_ = 0;
};

void send(worker::Event event) {
  using Kind = worker::Event::Kind;
  if (event.kind == Kind::kLog || event.kind == Kind::kTask || event.kind == Kind::kRefused)
    event.text = shortened(std::move(event.text), worker::kLongestText);
  std::string line = to_json(event) + "\n";
  if (event.kind == Kind::kResult && line.size() > worker::kLongestResult) {
    event.text = R"({"error":"more than )" + std::to_string(worker::kLongestResult >> 20) +
                 R"( MiB as JSON: too much to show"})";
    line = to_json(event) + "\n";
  }
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t n = ::send(control_socket, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return;  // the agent is gone; the reader ends the process
    sent += static_cast<std::size_t>(n);
  }
}

int refuse(const Error& error) {
  send({worker::Event::Kind::kRefused, {}, {}, {}, to_string(error), {}});
  return exit_code(error);
}

void take_control_socket() {
  constexpr int kLeast = 100;
  control_socket = fcntl(worker::kControlDescriptor, F_DUPFD_CLOEXEC, kLeast);
  if (control_socket >= 0) {
    close(worker::kControlDescriptor);
  } else {  // the limit of descriptors is low
    control_socket = worker::kControlDescriptor;
    fcntl(control_socket, F_SETFD, FD_CLOEXEC);
  }
}

int run() {
  take_control_socket();
  LineReader lines;
  std::string line;
  if (!lines.next(line)) {
    std::fprintf(stderr, "mort-worker is started by `mort agent`, not by hand\n");
    return 2;
  }
  auto config = worker::config_from_json(line);
  if (!config) return refuse(config.error());
  worker::guard_forks(control_socket, [] {
    control_socket = -1;
    if (the_engine != nullptr) the_engine->forked();
  });
  std::vector<TaskRegistration::Factory> factories;
  if (!config->library
           .empty()) {  // none for a worker that only follows a job of other architectures
    auto loaded = worker::load_library(config->library);
    if (!loaded) return refuse(loaded.error());
    factories = std::move(*loaded);
  }
  dds_topics::ParticipantOptions participant{
      config->network, "mort-worker " + config->job + "@" + config->node, config->node};
  participant.lease = worker::lease_of(config->manifest.job, participant.lease);
  auto bus = dds_topics::make_fast_dds_bus(participant);
  if (!bus) return refuse(bus.error());
  send({worker::Event::Kind::kJoined, {}, {}, {}, bus::to_string((*bus)->participant()), {}});
  worker::keep_sockets_from_programs();

  const SystemClock clock;
  scheduler::Lane control(clock, "mort-control");
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  std::size_t count = 1;
  for (const auto& [task, lane] : worker::lanes_here(*config, cores))
    count = std::max(count, lane + 1);
  std::vector<std::unique_ptr<scheduler::Lane>> lanes;
  std::vector<scheduler::Lane*> lane_pointers;
  for (std::size_t i = 0; i < count; ++i) {
    scheduler::LaneOptions options;
    options.name = "mort-lane-" + std::to_string(i);
    const graph::LaneSettings& settings = config->manifest.job.lanes;
    options.fifo_priority = settings.fifo_priority;
    if (!settings.cores.empty()) options.cores = {settings.cores[i % settings.cores.size()]};
    lanes.push_back(std::make_unique<scheduler::Lane>(clock, std::move(options)));
    lane_pointers.push_back(lanes.back().get());
  }
  worker::Worker engine(*config, **bus, control, lane_pointers, send);
  the_engine = &engine;
  if (auto loaded = engine.load(factories); !loaded) return refuse(loaded.error());
  worker::keep_sockets_from_programs();

  std::vector<std::jthread> threads;
  for (auto& lane : lanes) threads.emplace_back([&lane] { lane->run(); });
  std::thread reader([&] {
    std::string text;
    while (lines.next(text)) {
      auto command = worker::command_from_json(text);
      if (!command) continue;
      if (command->kind == worker::Command::Kind::kExit) break;
      control.post([&engine, command = std::move(*command)] { engine.command(command); });
    }
    control.post([&] { engine.cancel(); });
    // Tasks unwind at their next wait; one that never waits must not keep the process.
    for (auto& lane : lanes)
      lane->post(
          [&lane] { lane->after(std::chrono::milliseconds(50), [&lane] { lane->stop(); }); });
    control.post([&control] {
      control.after(std::chrono::milliseconds(100), [&control] { control.stop(); });
    });
    std::thread([] {
      std::this_thread::sleep_for(std::chrono::seconds(2));
      std::_Exit(0);
    }).detach();
  });
  std::function<void()> beat = [&] {
    send({worker::Event::Kind::kAlive, {}, {}, {}, {}, {}});
    control.after(worker::kBeat, beat);
  };
  beat();
  control.run();
  reader.join();
  threads.clear();
  the_engine = nullptr;
  return 0;
}

}  // namespace

int main() {
  mort::log::configure("mort-worker", mort::log::Level::kInfo);
  if (const auto installed = mort::scheduler::install_overflow_report(); !installed)
    mort::log::warning(to_string(installed.error()));
  const int code = run();
  std::fflush(nullptr);
  return code;
}
