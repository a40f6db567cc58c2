// A producer that is held back, in every interleaving of small cases: the code of room_gate.hpp
// itself, and around it what Subscription and Publication do.
#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "mort/scheduler/mailbox.hpp"
#include "room_gate.hpp"
#include "unit/scheduler/model_explorer.hpp"

namespace mort::worker {
namespace {

using scheduler::Mailbox;
using scheduler::PendingFlag;
using scheduler::model::Explorer;
using scheduler::model::ModelAtomics;

constexpr std::size_t kProducer = 0;

struct Bell {
  Bell* next = nullptr;
};

/// `consumers` subscriptions, each on a lane of its own, hold `messages`, which is all they have
/// room for, and take them one by one; the producer has as many more for all of them.
template <class Gate>
Explorer::Program held_back(std::size_t consumers, std::uint64_t messages) {
  struct Shared {
    Gate gate;
    std::array<ModelAtomics::Atomic<std::uint64_t>, 2> taken;
    std::uint64_t offered = 0;
    Mailbox<Bell, ModelAtomics> mailbox;
    PendingFlag<ModelAtomics> pending;
    Bell bell;
  };
  auto shared = std::make_shared<Shared>();
  shared->offered = messages;
  Explorer::Program program;
  program.threads.emplace_back([shared, consumers, messages] {
    const auto has_room = [&] {
      for (std::size_t i = 0; i < consumers; ++i) {
        const std::uint64_t load =
            shared->offered - shared->taken[i].load(std::memory_order_acquire);
        if (load >= messages) return false;
      }
      return true;
    };
    for (std::uint64_t i = 0; i < messages; ++i) {
      while (!has_room() && !shared->gate.wait(has_room)) {
        while (shared->mailbox.take_all() == nullptr) shared->mailbox.sleep(std::nullopt);
        shared->pending.clear();
      }
      ++shared->offered;
    }
  });
  for (std::size_t i = 0; i < consumers; ++i) {
    program.threads.emplace_back([shared, i, messages] {
      for (std::uint64_t taken = 1; taken <= messages; ++taken) {
        shared->taken[i].store(taken, std::memory_order_release);
        if (shared->gate.made(false) && shared->pending.set()) shared->mailbox.push(&shared->bell);
      }
    });
  }
  program.check = [shared, messages]() -> std::optional<std::string> {
    if (shared->offered != 2 * messages) return "not all was offered";
    return std::nullopt;
  };
  return program;
}

using Gate = RoomGate<ModelAtomics>;

TEST(RoomGateModel, AProducerNeverWaitsForRoomThatOneConsumerHasMade) {
  const auto outcome = Explorer().explore([] { return held_back<Gate>(1, 2); });
  EXPECT_EQ(outcome.failure, std::nullopt);
  RecordProperty("schedules", std::to_string(outcome.schedules));
  EXPECT_GT(outcome.schedules, 10U);
}

TEST(RoomGateModel, AProducerNeverWaitsForRoomThatTwoConsumersHaveMade) {
  const auto outcome = Explorer().explore([] { return held_back<Gate>(2, 1); });
  EXPECT_EQ(outcome.failure, std::nullopt);
  RecordProperty("schedules", std::to_string(outcome.schedules));
  EXPECT_GT(outcome.schedules, 100U);
}

// The explorer finds what is wrong: each of these differs from the real thing in one line.

template <bool kOfProducer>
struct OneFenceIsMissing : ModelAtomics {
  static void fence() {
    if ((Explorer::current().running() == kProducer) != kOfProducer) ModelAtomics::fence();
  }
};

TEST(RoomGateModel, FindsAProducerWithoutAFence) {
  const auto outcome =
      Explorer().explore([] { return held_back<RoomGate<OneFenceIsMissing<true>>>(1, 1); });
  EXPECT_EQ(outcome.failure, "a thread sleeps for ever");
}

TEST(RoomGateModel, FindsAConsumerWithoutAFence) {
  const auto outcome =
      Explorer().explore([] { return held_back<RoomGate<OneFenceIsMissing<false>>>(1, 1); });
  EXPECT_EQ(outcome.failure, "a thread sleeps for ever");
}

class LooksBeforeItMarks {
 public:
  template <class HasRoom>
  bool wait(const HasRoom& has_room) {
    const bool room = has_room();
    waiting_.store(!room);
    return room;
  }
  bool made(bool) { return waiting_.load() && waiting_.exchange(false); }

 private:
  ModelAtomics::Atomic<bool> waiting_{false};
};

TEST(RoomGateModel, FindsAProducerThatLooksBeforeItMarks) {
  const auto outcome = Explorer().explore([] { return held_back<LooksBeforeItMarks>(1, 1); });
  EXPECT_EQ(outcome.failure, "a thread sleeps for ever");
}

}  // namespace
}  // namespace mort::worker
