// The abstract publish/subscribe bus: payloads in, payloads out, and who is at the other end.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mort/base/clock.hpp"
#include "mort/base/result.hpp"

namespace mort::bus {

/// Name of a writer or reader, unique in the domain (the RTPS GUID).
using Guid = std::array<std::uint8_t, 16>;
std::string to_string(const Guid& guid);

/// What the names of all endpoints of one process begin with (the RTPS GUID prefix).
using Participant = std::array<std::uint8_t, 12>;
Participant participant_of(const Guid& guid);
std::string to_string(const Participant& participant);
/// Nothing for other text.
std::optional<Participant> participant_from(std::string_view text);

/// What an endpoint says of itself to those it matches (USER_DATA; empty for programs that are not
/// Mort's).
struct EndpointInfo {
  std::string node;
  std::string job;
  std::uint32_t epoch = 0;
  std::uint32_t incarnation = 0;  ///< how many processes of this job, epoch and node came before
  bool operator==(const EndpointInfo&) const = default;
};

/// An endpoint at the other end.
struct Peer {
  Guid guid{};
  EndpointInfo info;
};

/// Largest payload that a bus carries: 16 MiB of message and what surrounds it.
constexpr std::size_t kMaxPayload = 17 * 1024 * 1024;

/// How a process takes part in the network of its fleet.
struct Network {
  std::uint32_t domain = 0;             ///< DDS domain id, 0..232
  std::vector<std::string> interfaces;  ///< IPv4 addresses to use; empty = all
  std::vector<std::string> peers;       ///< IPv4 addresses to look for others at, beside multicast
  static constexpr std::uint32_t kSmallestDatagram = 576;  ///< that every IPv4 host takes
  static constexpr std::uint32_t kLargestDatagram = 65'500;
  /// Largest datagram, the same in the whole fleet; 1400 on links that lose packets. Units: bytes.
  std::uint32_t max_datagram = kLargestDatagram;
  /// What the writers of large data send together; 70 to 80 % of a slow link. 0: no limit.
  /// Units: bits/s.
  std::uint64_t bulk_rate = 0;
  bool shared_memory = true;  ///< between processes of one node that prove that they share it
};

struct TopicSpec {
  std::string name;   ///< DDS topic name
  std::string type;   ///< DDS type name
  bool ros2 = false;  ///< on the wire under the names that ROS 2 would give them
};

/// A topic that programs other than Mort's write.
struct ForeignTopic {
  std::string name;      ///< on the wire
  std::string type;      ///< on the wire
  bool reliable = true;  ///< what the writer offers: a reliable reader matches no other one
  bool operator==(const ForeignTopic&) const = default;
};

/// What a payload is like; decides how it travels unless the settings say so themselves.
enum class DataKind {
  kSmall,   ///< fits one datagram: sent by the thread that writes
  kLarge,   ///< many datagrams: sent in the background, at the rate of the flow control
  kSensor,  ///< the newest value counts: never repeated
};

/// The DDS policies that Mort uses, with their DDS names.
struct Qos {
  bool reliable = true;
  bool keep_all = false;
  bool transient_local = false;
  std::int32_t depth = 10;         ///< keep_last
  std::int32_t max_samples = 256;  ///< keep_all: samples a history may hold
  bool bulk = false;               ///< large payloads in the background: asynchronous, quick repair
  Nanoseconds heartbeat = std::chrono::milliseconds(50);
  /// Most bytes of a payload of this topic: larger ones are refused. 0: not known. What is known
  /// may go by shared memory, which then holds that much for each sample of a writer's history.
  std::size_t max_payload = 0;
};

/// Defaults for a kind of data, by the DDS profiles of the field.
Qos qos_of(DataKind kind);

/// A payload that is not made yet: it is written once, straight to where the bus keeps it.
class PayloadSource {
 public:
  virtual std::size_t size() const = 0;
  /// `out` has size() bytes.
  virtual void write_to(std::span<std::uint8_t> out) const = 0;

 protected:
  ~PayloadSource() = default;
};

/// Sees a payload where it lies; the bytes are valid during the call only.
using PayloadSink = std::function<void(std::span<const std::uint8_t>)>;

/// What is known of a sample beside its payload.
struct SampleInfo {
  Guid writer{};
  std::shared_ptr<const EndpointInfo>
      info;                    ///< shared by all samples of one writer; null when not known
  std::uint64_t sequence = 0;  ///< the writer's own (RTPS), from 1
  Nanoseconds source_time{0};  ///< wall clock of the writer
};

/// A sample whose payload is kept.
struct Sample : SampleInfo {
  std::vector<std::uint8_t> payload;
};

/// Whether `bytes` may be a payload: at most kMaxPayload, with the header of plain CDR.
bool is_payload(std::span<const std::uint8_t> bytes);

enum class WriteStatus { kWritten, kFull, kFailed };

/// Threads: write() from one thread at a time. Destroy on the thread that made it.
class Writer {
 public:
  virtual ~Writer() = default;
  /// Never waits. kFull: a keep_all history has no room until readers acknowledge; try again later.
  /// kFailed: larger than the topic allows, or the bus has no memory for it.
  virtual WriteStatus write(const PayloadSource& payload) = 0;
  /// The same for a payload that is there already.
  WriteStatus write(std::span<const std::uint8_t> payload);
  /// Sequence number of the last sample written, 0 before the first.
  virtual std::uint64_t last_sequence() const = 0;
  virtual std::vector<Peer> matched() const = 0;
  /// Whether matched() has any; cheap enough to ask at every publish.
  virtual bool has_readers() const = 0;
  virtual Guid guid() const = 0;
};

/// Threads: take() from one thread at a time. Destroy on the thread that made it.
class Reader {
 public:
  virtual ~Reader() = default;
  /// The next sample, or nothing. `sink` sees its payload where it lies, without a copy; it may be
  /// called several times: what the last call saw is the sample, and nothing is when take() gives
  /// nothing (a writer in shared memory may overwrite a sample while it is read). What is not taken
  /// stays in the history and holds a reliable writer back.
  virtual std::optional<SampleInfo> take(const PayloadSink& sink) = 0;
  /// The same with a copy of the payload.
  std::optional<Sample> take();
  /// Samples thrown away so far because no payload of Mort's looks like that: shorter than an
  /// encapsulation header, of another encapsulation than plain CDR, or larger than kMaxPayload.
  virtual std::uint64_t dropped() const = 0;
  virtual std::vector<Peer> matched() const = 0;
};

/// Called on any thread; must only enqueue.
struct Events {
  std::function<void()> on_data;   ///< something may be there to take
  std::function<void()> on_match;  ///< matched() may have changed
};

/// Makes endpoints. Threads: create and destroy endpoints on one management thread. The bus
/// outlives its endpoints.
class Bus {
 public:
  virtual ~Bus() = default;
  virtual Result<std::unique_ptr<Writer>> create_writer(const TopicSpec& topic, const Qos& qos,
                                                        const EndpointInfo& info,
                                                        Events events) = 0;
  virtual Result<std::unique_ptr<Reader>> create_reader(const TopicSpec& topic, const Qos& qos,
                                                        const EndpointInfo& info,
                                                        Events events) = 0;
  /// This process; all zeros on a bus that has none.
  virtual Participant participant() const { return {}; }
  /// Says goodbye for a process that has died without: its peers drop its endpoints at once,
  /// instead of when they have not heard it for long. Only for a process that is known to be dead.
  /// Threads: any.
  virtual void say_goodbye_for(const Participant& /*dead*/) {}
  /// Drops the endpoints of another process here, as if it had left. If it lives and is heard
  /// again, it is found again. Threads: any.
  virtual void forget(const Participant& /*silent*/) {}
  /// What writers of other programs have been discovered to write, by name, each once.
  /// Threads: any.
  virtual std::vector<ForeignTopic> foreign_topics() const = 0;
};

}  // namespace mort::bus
