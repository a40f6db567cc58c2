#include "stream_ends.hpp"

#include <algorithm>
#include <array>

#include "mort/message/message.hpp"

namespace mort::worker {

/// What travels.
struct StreamEnd {
  std::uint32_t epoch = 0;
  std::string topic;
  std::array<std::uint8_t, 16> writer{};
  std::uint64_t last_sequence = 0;
};

StreamEnds::StreamEnds(const Config& config, scheduler::Lane& control, OnEnd on_end)
    : info_{config.node, config.job, config.epoch, config.incarnation},
      control_(control),
      on_end_(std::move(on_end)) {}

Result<void> StreamEnds::open(bus::Bus& bus) {
  const bus::TopicSpec topic{"mort/stream_end/" + info_.job, message_type<StreamEnd>().name};
  bus::Qos qos;
  qos.transient_local = true;
  qos.keep_all = true;
  MORT_TRY(writer, bus.create_writer(topic, qos, info_, {}));
  writer_ = std::move(writer);
  bus::Events events;
  events.on_data = [this] { control_.post([this] { receive(); }); };
  MORT_TRY(reader, bus.create_reader(topic, qos, info_, std::move(events)));
  reader_ = std::move(reader);
  return {};
}

void StreamEnds::send(const std::string& topic, const bus::Guid& writer,
                      std::uint64_t last_sequence) {
  const auto payload = message::encode(StreamEnd{info_.epoch, topic, writer, last_sequence});
  if (writer_->write(payload) == bus::WriteStatus::kWritten) return;
  control_.after(std::chrono::milliseconds(10),
                 [this, topic, writer, last_sequence] { send(topic, writer, last_sequence); });
}

void StreamEnds::receive() {
  if (!reader_) return;
  while (const auto sample = reader_->take()) {
    const auto end = message::decode<StreamEnd>(sample->payload);
    if (!end || end->epoch != info_.epoch) continue;
    // Only the worker that writes a topic can end it: both writers have its participant's GUID
    // prefix.
    const bool of_the_job =
        sample->info && sample->info->job == info_.job && sample->info->epoch == info_.epoch;
    constexpr std::size_t kPrefix = 12;
    if (of_the_job &&
        std::equal(end->writer.begin(), end->writer.begin() + kPrefix, sample->writer.begin()))
      on_end_(end->topic, end->writer, end->last_sequence);
  }
}

}  // namespace mort::worker
