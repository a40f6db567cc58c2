// The abstract publish/subscribe bus: payloads in, payloads out, and who is at the other end.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mort/base/clock.hpp"
#include "mort/base/result.hpp"

namespace mort::bus {

/// Name of a writer or reader, unique in the domain (the RTPS GUID).
using Guid = std::array<std::uint8_t, 16>;
std::string to_string(const Guid& guid);

/// What an endpoint says of itself to those it matches (USER_DATA; empty for programs that are not
/// Mort's).
struct EndpointInfo {
  std::string node;
  std::string job;
  std::uint32_t epoch = 0;
  bool operator==(const EndpointInfo&) const = default;
};

/// An endpoint at the other end.
struct Peer {
  Guid guid{};
  EndpointInfo info;
};

struct TopicSpec {
  std::string name;  ///< DDS topic name
  std::string type;  ///< DDS type name
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
};

/// A payload as it arrived.
struct Sample {
  std::vector<std::uint8_t> payload;
  Guid writer{};
  std::shared_ptr<const EndpointInfo>
      info;                    ///< shared by all samples of one writer; null when not known
  std::uint64_t sequence = 0;  ///< the writer's own (RTPS), from 1
  Nanoseconds source_time{0};  ///< wall clock of the writer
};

enum class WriteStatus { kWritten, kFull, kFailed };

/// Threads: write() from one thread at a time. Destroy on the thread that made it.
class Writer {
 public:
  virtual ~Writer() = default;
  /// Never waits. kFull: a keep_all history has no room until readers acknowledge; try again later.
  virtual WriteStatus write(std::span<const std::uint8_t> payload) = 0;
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
  /// The next sample, or nothing. What is not taken stays in the history and holds a reliable
  /// writer back.
  virtual std::optional<Sample> take() = 0;
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
};

}  // namespace mort::bus
