// Who may use shared memory with whom: the processes of one node, and what dead ones left behind.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "mort/base/result.hpp"

namespace mort::dds_topics {

/// Membership of the processes that share one node's memory. They meet in a folder of /dev/shm that
/// is named by user and node. It holds a random token: who reads the same token has the same
/// /dev/shm, user and node. Each member holds a shared lock on the folder and one on a file with
/// the name of its participant; the kernel drops both with the process, whatever ends it, so that
/// what lies below a lock that can be taken belongs to nobody.
class NodeMemory {
 public:
  /// Where Fast DDS keeps its segments.
  static constexpr const char* kSharedMemory = "/dev/shm";

  /// Removes what dead members of any node of this user left, then joins those of `node`.
  /// Errors: kFailed when the folder cannot be made or is somebody else's.
  static Result<std::unique_ptr<NodeMemory>> join(const std::string& node,
                                                  const std::string& folder = kSharedMemory);
  /// The last one out removes the folder.
  ~NodeMemory();
  NodeMemory(const NodeMemory&) = delete;
  NodeMemory& operator=(const NodeMemory&) = delete;

  /// 64 random bits, equal in all members and in nobody else.
  std::uint64_t token() const { return token_; }
  /// Marks the segments of the participant with this GUID prefix as those of this process. Call it
  /// before any segment is made. Errors: kFailed.
  Result<void> own(const std::string& prefix);

  /// Whether a segment of `bytes` may be made without filling the memory that all share.
  bool has_room(std::size_t bytes) const;
  /// Takes the memory of the segment of endpoint `guid` now: one that is only promised ends the
  /// process by SIGBUS when there is none left. False when there is no such segment or no memory.
  bool commit(const std::string& guid) const;

 private:
  NodeMemory(std::string folder, std::string home, int lock)
      : folder_(std::move(folder)), home_(std::move(home)), lock_(lock) {}
  bool read_token();

  const std::string folder_;
  const std::string home_;
  const int lock_;
  std::uint64_t token_ = 0;
  std::string prefix_;
  int prefix_lock_ = -1;
};

/// Name of the file with which Fast DDS backs an endpoint's data sharing.
std::string segment_name(const std::string& guid);

}  // namespace mort::dds_topics
