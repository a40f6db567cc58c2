#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "mort/dds_topics/fast_dds_bus.hpp"

namespace mort::dds_topics {
namespace {

/// True when nobody on loopback listens where the domain's first participants would (RTPS 9.6.1.1).
bool ports_are_free(std::uint32_t domain) {
  const std::uint32_t base = 7400 + 250 * domain;
  for (const std::uint32_t offset : {10U, 11U, 12U, 13U}) {
    const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return false;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(base + offset));
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    const bool bound = bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(probe);
    if (!bound) return false;
  }
  return true;
}

}  // namespace

Result<DomainClaim> DomainClaim::claim() {
  // 102..214 use ports inside the ephemeral range; 0 is everyone's default.
  for (std::uint32_t id = 1; id <= 101; ++id) {
    // Not TMPDIR: the ports are the machine's, so all must meet at one place.
    const std::string path = "/tmp/mort-domain-" + std::to_string(id) + ".lock";
    const int lock = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (lock < 0) continue;  // another user's
    if (flock(lock, LOCK_EX | LOCK_NB) == 0 && ports_are_free(id)) return DomainClaim(id, lock);
    close(lock);
  }
  return fail(ErrorCode::kUnreachable, "no DDS domain id from 1 to 101 is free on this machine", {},
              "end other runs of mort, or remove stale mort-domain-*.lock files of other users");
}

DomainClaim::DomainClaim(DomainClaim&& other) noexcept
    : id_(other.id_), lock_(std::exchange(other.lock_, -1)) {}

DomainClaim::~DomainClaim() {
  if (lock_ < 0) return;
  // The file stays: removing it would let two later claimers lock different inodes of one name.
  close(lock_);
}

}  // namespace mort::dds_topics
