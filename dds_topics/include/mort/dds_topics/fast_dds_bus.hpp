// The bus on Fast DDS: one participant, endpoints that carry ready-made CDR payloads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mort/bus/bus.hpp"

namespace mort::dds_topics {

struct ParticipantOptions {
  bus::Network network;
  std::string name = "mort";  ///< shown by DDS tools
  std::string node;           ///< id of the node; empty: shares memory with nobody
  Nanoseconds lease = std::chrono::seconds(4);
  Nanoseconds announcement = std::chrono::seconds(1);
};

/// Makes the process's one participant. Topics with a known largest payload go by shared memory
/// between processes that proved to have the same /dev/shm, user and node id, all others by UDP;
/// where the proof fails a warning says why, and all go by UDP. Also removes the shared memory that
/// dead processes of this user left. Threads: endpoints are made and destroyed on the thread that
/// made the bus. Errors: kInvalid for options out of range, kUnreachable when the participant
/// cannot be made (interface missing, ports taken).
Result<std::unique_ptr<bus::Bus>> make_fast_dds_bus(const ParticipantOptions& options);

/// A DDS domain id that no other Mort process on this machine holds, until destroyed (file lock and
/// bind test).
class DomainClaim {
 public:
  static Result<DomainClaim> claim();
  DomainClaim(DomainClaim&& other) noexcept;
  DomainClaim& operator=(DomainClaim&& other) = delete;
  ~DomainClaim();
  std::uint32_t id() const { return id_; }

 private:
  DomainClaim(std::uint32_t id, int lock) : id_(id), lock_(lock) {}
  std::uint32_t id_;
  int lock_;
};

}  // namespace mort::dds_topics
