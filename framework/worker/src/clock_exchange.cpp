#include "clock_exchange.hpp"

#include "mort/message/message.hpp"

namespace mort::worker {
namespace {

constexpr Nanoseconds kPeriod = std::chrono::seconds(1);
/// The first reports follow each other quickly, so that a short job has latencies too.
constexpr Nanoseconds kFirstPeriod = std::chrono::milliseconds(50);
constexpr int kFirstReports = 10;

std::set<std::string> nodes_of(const Config& config) {
  std::set<std::string> nodes;
  for (const auto& [task, node] : config.assign) nodes.insert(node);
  return nodes;
}

}  // namespace

ClockExchange::ClockExchange(const Config& config, scheduler::Lane& control,
                             std::function<void(const std::string&)> on_heard)
    : info_{config.node, config.job, config.epoch, config.incarnation},
      control_(control),
      offsets_(config.node, nodes_of(config), config.epoch),
      on_heard_(std::move(on_heard)) {}

Result<void> ClockExchange::open(bus::Bus& bus) {
  if (!offsets_.needed()) return {};
  const bus::TopicSpec topic{"mort/clock/" + info_.job, message_type<ClockReport>().name};
  bus::Qos qos;
  qos.reliable = false;  // a report that is repeated tells a wrong time
  qos.depth = 64;
  MORT_TRY(writer, bus.create_writer(topic, qos, info_, {}));
  writer_ = std::move(writer);
  bus::Events events;
  events.on_data = [this] { control_.post([this] { receive(); }); };
  MORT_TRY(reader, bus.create_reader(topic, qos, info_, std::move(events)));
  reader_ = std::move(reader);
  send();
  return {};
}

void ClockExchange::send() {
  writer_->write(message::encode(offsets_.report(control_.clock().wall())));
  control_.after(++sent_ < kFirstReports ? kFirstPeriod : kPeriod, [this] { send(); });
}

void ClockExchange::receive() {
  if (!reader_) return;
  while (const auto sample = reader_->take()) {
    const auto report = message::decode<ClockReport>(sample->payload);
    const bool is_its_own = report && sample->info && sample->info->job == info_.job &&
                            sample->info->node == report->node;
    if (!is_its_own) continue;
    on_heard_(report->node);
    offsets_.receive(*report, control_.clock().wall());
  }
}

}  // namespace mort::worker
