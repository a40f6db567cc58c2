// The bus on Fast DDS: one participant, endpoints that carry ready-made CDR payloads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mort/bus/bus.hpp"

namespace mort::dds_topics {

struct ParticipantOptions {
  std::uint32_t domain = 0;             ///< DDS domain id, 0..232
  std::string name = "mort";            ///< shown by DDS tools
  std::vector<std::string> interfaces;  ///< IPv4 addresses to use; empty = all
  std::vector<std::string> peers;       ///< IPv4 addresses to look for others at, beside multicast
  Nanoseconds lease = std::chrono::seconds(4);
  Nanoseconds announcement = std::chrono::seconds(1);
};

/// Makes the process's one participant. UDP only: shared memory between processes of one host needs
/// a proof that /dev/shm is really shared, which this transport set does not take. Errors:
/// kUnreachable when the participant cannot be made (interface missing, ports taken).
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
