#include "mort/bus/memory_bus.hpp"

#include <algorithm>
#include <cstring>
#include <deque>

namespace mort::bus {

namespace {
class MemoryWriter;
class MemoryReader;
}  // namespace

struct MemoryNetwork::Hub {
  Hub(const Clock& c, Executor e, const Filter& f) : clock(c), executor(std::move(e)), filter(f) {}
  /// As RTPS: twelve bytes of the participant, four of the endpoint.
  Guid new_guid(const std::string& node) {
    Guid guid{};
    const std::uint64_t participant =
        participants.try_emplace(node, participants.size() + 1).first->second;
    const std::uint32_t entity = next_entity++;
    std::memcpy(guid.data(), &participant, sizeof participant);
    std::memcpy(guid.data() + 12, &entity, sizeof entity);
    return guid;
  }
  const Clock& clock;
  Executor executor;
  const Filter& filter;
  std::map<std::string, std::uint64_t> participants;  // by node
  std::uint32_t next_entity = 1;
  std::map<Guid, MemoryWriter*> writers;  // by guid: every run meets them in the same order
  std::map<Guid, MemoryReader*> readers;
  std::uint64_t readers_changed = 0;  ///< how often
};

namespace {

using Hub = MemoryNetwork::Hub;

class MemoryReader : public Reader {
 public:
  MemoryReader(std::shared_ptr<Hub> hub, std::string node, TopicSpec topic, const Qos& qos,
               EndpointInfo info, Events events)
      : hub_(std::move(hub)),
        node_(std::move(node)),
        topic_(std::move(topic)),
        qos_(qos),
        info_(std::move(info)),
        events_(std::move(events)),
        guid_(hub_->new_guid(node_)) {
    hub_->readers.emplace(guid_, this);
    ++hub_->readers_changed;
  }
  ~MemoryReader() override;
  std::optional<SampleInfo> take(const PayloadSink& sink) override {
    while (!history_.empty()) {
      const Sample sample = std::move(history_.front());
      history_.pop_front();
      if (is_payload(sample.payload)) {
        sink(sample.payload);
        return sample;
      }
      ++dropped_;
    }
    return std::nullopt;
  }
  std::uint64_t dropped() const override { return dropped_; }
  std::vector<Peer> matched() const override;

  bool full() const {
    return qos_.keep_all &&
           history_.size() + under_way_ >= static_cast<std::size_t>(qos_.max_samples);
  }
  void send(Sample sample) {
    ++under_way_;
    hub_->executor([hub = hub_, this, guid = guid_, sample = std::move(sample)]() mutable {
      for (const auto& [key, reader] : hub->readers) {
        if (reader == this && reader->guid_ == guid) return receive(std::move(sample));
      }
    });
  }
  void notify_match() {
    if (!events_.on_match) return;
    hub_->executor([hub = hub_, guid = guid_] {  // it may be gone by then
      if (const auto found = hub->readers.find(guid); found != hub->readers.end())
        found->second->events_.on_match();
    });
  }

  const std::shared_ptr<Hub> hub_;
  const std::string node_;
  const TopicSpec topic_;
  const Qos qos_;
  const EndpointInfo info_;
  const Events events_;
  const Guid guid_;

 private:
  void receive(Sample sample) {
    --under_way_;
    history_.push_back(std::move(sample));
    if (!qos_.keep_all && history_.size() > static_cast<std::size_t>(qos_.depth))
      history_.pop_front();
    if (events_.on_data) events_.on_data();
  }
  std::deque<Sample> history_;
  std::size_t under_way_ = 0;
  std::uint64_t dropped_ = 0;
};

bool matches(const TopicSpec& a, const TopicSpec& b) {
  return a.name == b.name && a.type == b.type;
}

class MemoryWriter : public Writer {
 public:
  MemoryWriter(std::shared_ptr<Hub> hub, std::string node, TopicSpec topic, const Qos& qos,
               EndpointInfo info, Events events)
      : hub_(std::move(hub)),
        node_(std::move(node)),
        topic_(std::move(topic)),
        qos_(qos),
        info_(std::make_shared<const EndpointInfo>(std::move(info))),
        events_(std::move(events)),
        guid_(hub_->new_guid(node_)) {
    hub_->writers.emplace(guid_, this);
  }
  ~MemoryWriter() override {
    hub_->writers.erase(guid_);
    for (const auto& [key, reader] : hub_->readers) {
      if (matches(reader->topic_, topic_)) reader->notify_match();
    }
  }
  using Writer::write;
  WriteStatus write(const PayloadSource& payload) override {
    const std::size_t most = qos_.max_payload > 0 ? qos_.max_payload : kMaxPayload;
    if (payload.size() > std::min(most, kMaxPayload)) return WriteStatus::kFailed;
    if (qos_.keep_all) {
      for (const auto& [key, reader] : hub_->readers) {
        if (matches(reader->topic_, topic_) && reader->full()) return WriteStatus::kFull;
      }
    }
    Sample sample{{guid_, info_, ++sequence_, hub_->clock.wall()},
                  std::vector<std::uint8_t>(payload.size())};
    payload.write_to(sample.payload);
    for (const auto& [key, reader] : hub_->readers) {
      if (matches(reader->topic_, topic_)) deliver(*reader, sample);
    }
    if (qos_.transient_local) {
      kept_.push_back(std::move(sample));
      const auto limit = static_cast<std::size_t>(qos_.keep_all ? qos_.max_samples : qos_.depth);
      if (kept_.size() > limit) kept_.pop_front();
    }
    return WriteStatus::kWritten;
  }
  std::uint64_t last_sequence() const override { return sequence_; }
  std::vector<Peer> matched() const override {
    std::vector<Peer> peers;
    for (const auto& [key, reader] : hub_->readers) {
      if (matches(reader->topic_, topic_)) peers.push_back({reader->guid_, reader->info_});
    }
    return peers;
  }
  bool has_readers() const override {
    if (looked_at_ != hub_->readers_changed) {
      looked_at_ = hub_->readers_changed;
      has_readers_ =
          std::any_of(hub_->readers.begin(), hub_->readers.end(),
                      [this](const auto& entry) { return matches(entry.second->topic_, topic_); });
    }
    return has_readers_;
  }
  Guid guid() const override { return guid_; }
  void deliver(MemoryReader& reader, Sample sample) const {
    if (hub_->filter && !hub_->filter(topic_, node_, reader.node_, sample.payload)) return;
    reader.send(std::move(sample));
  }
  void replay(MemoryReader& reader) const {
    for (const Sample& sample : kept_) deliver(reader, sample);
  }
  void notify_match() {
    if (!events_.on_match) return;
    hub_->executor([hub = hub_, guid = guid_] {  // it may be gone by then
      if (const auto found = hub->writers.find(guid); found != hub->writers.end())
        found->second->events_.on_match();
    });
  }

  const std::shared_ptr<Hub> hub_;

 private:
  // Asked for at every publish: close to the above.
  mutable std::uint64_t looked_at_ = 0;  ///< of Hub::readers_changed, for:
  mutable bool has_readers_ = false;

 public:
  const std::string node_;
  const TopicSpec topic_;
  const Qos qos_;
  const std::shared_ptr<const EndpointInfo> info_;
  const Events events_;
  const Guid guid_;

 private:
  std::uint64_t sequence_ = 0;
  std::deque<Sample> kept_;
};

MemoryReader::~MemoryReader() {
  hub_->readers.erase(guid_);
  ++hub_->readers_changed;
  for (const auto& [key, writer] : hub_->writers) {
    if (matches(writer->topic_, topic_)) writer->notify_match();
  }
}

std::vector<Peer> MemoryReader::matched() const {
  std::vector<Peer> peers;
  for (const auto& [key, writer] : hub_->writers) {
    if (matches(writer->topic_, topic_)) peers.push_back({writer->guid_, *writer->info_});
  }
  return peers;
}

}  // namespace

MemoryNetwork::MemoryNetwork(const Clock& clock, Executor executor)
    : hub_(std::make_shared<Hub>(clock, std::move(executor), filter_)) {}
MemoryNetwork::~MemoryNetwork() = default;

MemoryBus::MemoryBus(MemoryNetwork& network, std::string node)
    : network_(network), node_(std::move(node)) {}

Result<std::unique_ptr<Writer>> MemoryBus::create_writer(const TopicSpec& topic, const Qos& qos,
                                                         const EndpointInfo& info, Events events) {
  auto writer =
      std::make_unique<MemoryWriter>(network_.hub_, node_, topic, qos, info, std::move(events));
  for (const auto& [key, reader] : network_.hub_->readers) {
    if (!matches(reader->topic_, topic)) continue;
    reader->notify_match();
    writer->notify_match();
  }
  return writer;
}

Result<std::unique_ptr<Reader>> MemoryBus::create_reader(const TopicSpec& topic, const Qos& qos,
                                                         const EndpointInfo& info, Events events) {
  auto reader =
      std::make_unique<MemoryReader>(network_.hub_, node_, topic, qos, info, std::move(events));
  for (const auto& [key, writer] : network_.hub_->writers) {
    if (!matches(writer->topic_, topic)) continue;
    writer->notify_match();
    reader->notify_match();
    if (qos.transient_local) writer->replay(*reader);
  }
  return reader;
}

std::vector<ForeignTopic> MemoryBus::foreign_topics() const {
  std::map<std::pair<std::string, std::string>, ForeignTopic> topics;
  for (const auto& [guid, writer] : network_.hub_->writers) {
    const TopicSpec& topic = writer->topic_;
    if (*writer->info_ == EndpointInfo{})
      topics[{topic.name, topic.type}] = {topic.name, topic.type, writer->qos_.reliable};
  }
  std::vector<ForeignTopic> list;
  for (auto& [key, topic] : topics) list.push_back(std::move(topic));
  return list;
}

}  // namespace mort::bus
