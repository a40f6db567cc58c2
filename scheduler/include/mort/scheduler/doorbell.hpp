// A signal from other threads to a lane.
#pragma once

#include <functional>

namespace mort::scheduler {

class Lane;

/// Calls `on_ring` on the lane, in the command phase of a turn, after ring(); rings that come
/// before it is called are one.
/// Threads: ring() from any, none of which may still ring when it is destroyed; made and destroyed
/// on the lane's thread (or while that does not run), a ring may then be under way.
/// Cost: ring() allocates nothing; one atomic exchange while a ring is pending, a system call when
/// the lane sleeps.
class Doorbell {
 public:
  Doorbell(Lane& lane, std::function<void()> on_ring);
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;
  void ring();

 private:
  struct Bell;
  Lane& lane_;
  Bell* const bell_;  ///< outlives the doorbell while it is in the lane's list
};

}  // namespace mort::scheduler
