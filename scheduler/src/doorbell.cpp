#include "mort/scheduler/doorbell.hpp"

#include "mort/scheduler/lane.hpp"

namespace mort::scheduler {

struct Doorbell::Bell final : LaneCommand {
  void run() override {
    if (!on_ring) {  // the doorbell has gone meanwhile
      delete this;
      return;
    }
    pending.clear();
    on_ring();
  }
  void drop() override {
    if (!on_ring)
      delete this;
    else
      pending.clear();
  }
  PendingFlag<> pending;
  std::function<void()> on_ring;
};

Doorbell::Doorbell(Lane& lane, std::function<void()> on_ring) : lane_(lane), bell_(new Bell) {
  bell_->on_ring = std::move(on_ring);
}

Doorbell::~Doorbell() {
  if (bell_->pending.set())
    delete bell_;
  else
    bell_->on_ring = nullptr;  // in the list: the lane deletes it when it comes to it
}

void Doorbell::ring() {
  if (bell_->pending.set() && !lane_.post(*bell_)) bell_->pending.clear();
}

}  // namespace mort::scheduler
