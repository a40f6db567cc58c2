#include "logs.hpp"

#include <nlohmann/json.hpp>

#include "mort/base/visible_text.hpp"
#include "mort/message/message.hpp"

namespace mort::agent {
namespace {

constexpr std::size_t kMostLines = 5000;
constexpr std::size_t kMostBytes = 4UL << 20;
constexpr std::size_t kMostJobs = 100;
constexpr std::size_t kLongestName = 256;
constexpr std::size_t kLongestLine = 16UL << 10;

}  // namespace

Logs::Logs(std::string node, scheduler::Lane& lane, bus::Bus& bus)
    : node_(std::move(node)), lane_(lane), bus_(bus) {}
Logs::~Logs() = default;

Result<void> Logs::open() {
  const bus::TopicSpec topic{"mort/log", message_type<LogLine>().name};
  const bus::EndpointInfo info{node_, {}, 0};
  bus::Qos qos;
  qos.depth = 1000;
  qos.heartbeat = std::chrono::milliseconds(200);
  MORT_TRY(writer, bus_.create_writer(topic, qos, info, {}));
  writer_ = std::move(writer);
  bus::Events events;
  events.on_data = [this] { lane_.post([this] { read(); }); };
  MORT_TRY(reader, bus_.create_reader(topic, qos, info, std::move(events)));
  reader_ = std::move(reader);
  return {};
}

void Logs::add(LogLine line) {
  for (std::string& text : visible_lines(line.text)) {
    LogLine one = line;
    one.text = shortened(std::move(text), kLongestLine);
    writer_->write(message::encode(one));
    keep(std::move(one));
  }
}

void Logs::keep(LogLine line) {
  const auto [found, fresh] = jobs_.try_emplace(line.job);
  if (fresh) {
    job_order_.push_back(line.job);
    if (job_order_.size() > kMostJobs) {
      jobs_.erase(job_order_.front());
      job_order_.pop_front();
    }
  }
  JobLog& log = found->second;
  log.bytes += line.text.size();
  log.lines.push_back(std::move(line));
  while (log.lines.size() > kMostLines || log.bytes > kMostBytes) {
    log.bytes -= log.lines.front().text.size();
    log.lines.pop_front();
    ++log.dropped;
  }
}

void Logs::read() {
  while (reader_) {
    const auto sample = reader_->take();
    if (!sample) return;
    auto line = message::decode<LogLine>(sample->payload);
    if (line && line->node != node_ && line->text.size() <= kLongestLine &&
        line->job.size() < kLongestName && line->node.size() < kLongestName &&
        line->task.size() < kLongestName) {
      line->text = shortened(visible_line(line->text), kLongestLine);  // not every peer is a Mort
      keep(std::move(*line));
    }
  }
}

std::string Logs::lines_json(const std::string& job, std::size_t skip) const {
  nlohmann::json out = {{"next", 0}, {"lines", nlohmann::json::array()}};
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return out.dump();
  const JobLog& log = found->second;
  for (std::size_t i = skip > log.dropped ? skip - log.dropped : 0; i < log.lines.size(); ++i) {
    const LogLine& line = log.lines[i];
    out["lines"].push_back(
        {{"node", line.node}, {"task", line.task}, {"time_ms", line.time_ms}, {"text", line.text}});
  }
  out["next"] = log.dropped + log.lines.size();
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace mort::agent
