// Mort's side of the data plane measurements: bus endpoints served by a lane, as a worker does it.
#include <atomic>
#include <cstring>

#include "dds_peer.hpp"
#include "mort/dds_topics/fast_dds_bus.hpp"
#include "mort/scheduler/lane.hpp"

namespace {

using namespace mort;
using benchmark_peer::Data;

/// The CDR of Data.
class DataSource : public bus::PayloadSource {
 public:
  explicit DataSource(const Data& data) : data_(data) {}
  std::size_t size() const override { return benchmark_peer::kOverhead + data_.bytes.size(); }
  void write_to(std::span<std::uint8_t> out) const override {
    const std::uint8_t header[4] = {0, 1, 0, 0};
    const auto length = static_cast<std::uint32_t>(data_.bytes.size());
    std::memcpy(out.data(), header, 4);
    std::memcpy(out.data() + 4, &data_.number, 8);
    std::memcpy(out.data() + 12, &data_.sent_ns, 8);
    std::memcpy(out.data() + 20, &length, 4);
    std::memcpy(out.data() + 24, data_.bytes.data(), length);
  }

 private:
  const Data& data_;
};

bool read(std::span<const std::uint8_t> payload, Data& data) {
  std::uint32_t length = 0;
  if (payload.size() < benchmark_peer::kOverhead) return false;
  std::memcpy(&data.number, payload.data() + 4, 8);
  std::memcpy(&data.sent_ns, payload.data() + 12, 8);
  std::memcpy(&length, payload.data() + 20, 4);
  if (length > payload.size() - benchmark_peer::kOverhead) return false;
  data.bytes.assign(payload.begin() + 24, payload.begin() + 24 + length);
  return true;
}

/// A reader whose samples are taken on the lane.
class Endpoint {
 public:
  Endpoint(bus::Bus& bus, scheduler::Lane& lane, const bus::Qos& qos, const std::string& in,
           const std::string& out, std::function<void(const Data&)> on_data)
      : lane_(lane), on_data_(std::move(on_data)) {
    bus::Events events{[this] { notify(); }, [this] { lane_.post([this] { matched(); }); }};
    if (!in.empty()) reader_ = std::move(*bus.create_reader({in, "Data"}, qos, {}, events));
    if (!out.empty()) writer_ = std::move(*bus.create_writer({out, "Data"}, qos, {}, {}));
  }
  bus::WriteStatus write(const Data& data) { return writer_->write(DataSource(data)); }
  bool has_peer() const { return had_peer_; }

 private:
  void notify() {
    if (!notified_.exchange(true)) lane_.post([this] { drain(); });
  }
  void drain() {
    notified_ = false;
    bool whole = false;
    const bus::PayloadSink sink = [this, &whole](std::span<const std::uint8_t> payload) {
      whole = read(payload, data_);
    };
    while (reader_->take(sink)) {
      if (whole) on_data_(data_);
    }
  }
  void matched() {
    if (!reader_) return;
    const bool any = !reader_->matched().empty();
    if (had_peer_ && !any) lane_.stop();
    had_peer_ = had_peer_ || any;
  }
  scheduler::Lane& lane_;
  const std::function<void(const Data&)> on_data_;
  std::atomic<bool> notified_ = false;
  bool had_peer_ = false;
  Data data_;
  std::unique_ptr<bus::Writer> writer_;
  std::unique_ptr<bus::Reader> reader_;
};

bus::Qos qos_of(const benchmark_peer::Options& options) {
  bus::Qos qos = bus::qos_of(benchmark_peer::is_large(options) ? bus::DataKind::kLarge
                                                               : bus::DataKind::kSmall);
  qos.max_payload = options.bytes + benchmark_peer::kOverhead;
  if (options.mode == "flood" || options.mode == "count") {
    qos.keep_all = true;
    qos.max_samples = 8;
  }
  return qos;
}

void ping(bus::Bus& bus, scheduler::Lane& lane, const benchmark_peer::Options& options) {
  benchmark_peer::Pinger pinger(options);
  std::function<void()> step;
  scheduler::Lane::TimerId timer = 0;
  Endpoint endpoint(bus, lane, qos_of(options), "pong", "ping", [&](const Data& data) {
    pinger.answered(data.number, data.sent_ns);
    lane.cancel(timer);
    step();
  });
  step = [&] {
    if (pinger.done()) return lane.stop();
    const std::int64_t wait = pinger.next_ns() - benchmark_peer::now_ns();
    if (wait <= 0) {
      endpoint.write(pinger.next());
      return step();
    }
    timer = lane.after(Nanoseconds(wait), [&] { step(); });
  };
  lane.post([&] { step(); });
  lane.run();
  pinger.print();
}

void flood(bus::Bus& bus, scheduler::Lane& lane, const benchmark_peer::Options& options) {
  Data data;
  data.bytes.resize(options.bytes);
  std::int64_t end = 0;
  std::function<void()> step;
  Endpoint endpoint(bus, lane, qos_of(options), "ready", "flood", [&](const Data&) {
    if (end != 0) return;
    end = benchmark_peer::now_ns() + static_cast<std::int64_t>(options.seconds * 1e9);
    lane.post(step);
  });
  step = [&] {
    if (benchmark_peer::now_ns() >= end) return lane.stop();
    if (endpoint.write(data) == bus::WriteStatus::kWritten) {
      lane.post(step);
    } else {
      lane.after(std::chrono::milliseconds(1), step);
    }
  };
  lane.run();
}

void count(bus::Bus& bus, scheduler::Lane& lane, const benchmark_peer::Options& options) {
  benchmark_peer::Counter counter;
  Endpoint endpoint(bus, lane, qos_of(options), "flood", "ready",
                    [&](const Data& data) { counter.add(data); });
  std::function<void()> say = [&] {
    if (counter.begun()) return;
    if (endpoint.has_peer()) endpoint.write(Data{});
    lane.after(Nanoseconds(benchmark_peer::kSayAgain_ns), say);
  };
  lane.post(say);
  lane.run();
  counter.print();
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = benchmark_peer::parse(argc, argv);
  dds_topics::ParticipantOptions participant;
  participant.network.domain = options.domain;
  participant.network.interfaces = {options.address};
  participant.network.peers = {options.peer};
  participant.node = options.node;
  participant.network.bulk_rate = options.bulk_rate;
  const auto bus = dds_topics::make_fast_dds_bus(participant);
  if (!bus) {
    std::fprintf(stderr, "%s\n", to_string(bus.error()).c_str());
    return 1;
  }
  const SystemClock clock;
  scheduler::Lane lane(clock, "benchmark");
  if (options.mode == "ping") {
    ping(**bus, lane, options);
  } else if (options.mode == "flood") {
    flood(**bus, lane, options);
  } else if (options.mode == "echo") {
    std::unique_ptr<Endpoint> endpoint;
    endpoint = std::make_unique<Endpoint>(**bus, lane, qos_of(options), "ping", "pong",
                                          [&](const Data& data) { endpoint->write(data); });
    lane.run();
  } else {
    count(**bus, lane, options);
  }
}
