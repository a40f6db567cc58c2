// The hand-over between threads in every interleaving of small cases: the code of mailbox.hpp and
// spsc_ring.hpp itself, on atomics whose every operation is a decision of the explorer.
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <utility>

#include "model_explorer.hpp"
#include "mort/scheduler/mailbox.hpp"
#include "mort/scheduler/spsc_ring.hpp"

namespace mort::scheduler {
namespace {

using model::Explorer;
using model::ModelAtomics;

struct Node {
  int producer = 0;
  int number = 0;
  Node* next = nullptr;
};

/// A producer's nodes must come in its order, each once.
std::optional<std::string> in_order(const std::vector<Node>& taken, int producers, int each) {
  std::vector<int> last(static_cast<std::size_t>(producers), 0);
  for (const Node& node : taken) {
    if (node.number != ++last[static_cast<std::size_t>(node.producer)])
      return "a node is lost, doubled or out of order";
  }
  for (const int count : last) {
    if (count != each) return "a node has not come";
  }
  return std::nullopt;
}

/// The consumer's loop is that of Lane::run(): take, and sleep when there was nothing.
template <class TheMailbox>
Explorer::Program producers_and_a_lane(int producers, int each) {
  struct Shared {
    TheMailbox mailbox;
    std::vector<Node> nodes;
    std::vector<Node> taken;
  };
  auto shared = std::make_shared<Shared>();
  shared->nodes.resize(static_cast<std::size_t>(producers * each));
  Explorer::Program program;
  const auto all = static_cast<std::size_t>(producers * each);
  program.threads.emplace_back([shared, all] {
    while (shared->taken.size() < all) {
      Node* node = shared->mailbox.take_all();
      if (node == nullptr) {
        shared->mailbox.sleep(std::nullopt);
        continue;
      }
      for (; node != nullptr; node = node->next) shared->taken.push_back(*node);
    }
  });
  for (int producer = 0; producer < producers; ++producer) {
    program.threads.emplace_back([shared, producer, each] {
      for (int i = 0; i < each; ++i) {
        Node& node = shared->nodes[static_cast<std::size_t>(producer * each + i)];
        node = {producer, i + 1, nullptr};
        shared->mailbox.push(&node);
      }
    });
  }
  program.check = [shared, producers, each] { return in_order(shared->taken, producers, each); };
  return program;
}

TEST(HandoverModel, ALaneNeverSleepsOverACommandOfOneProducer) {
  const auto outcome =
      Explorer().explore([] { return producers_and_a_lane<Mailbox<Node, ModelAtomics>>(1, 2); });
  EXPECT_EQ(outcome.failure, std::nullopt);
  RecordProperty("schedules", std::to_string(outcome.schedules));
  EXPECT_GT(outcome.schedules, 10U);
}

TEST(HandoverModel, ALaneNeverSleepsOverACommandOfTwoProducers) {
  const auto outcome =
      Explorer().explore([] { return producers_and_a_lane<Mailbox<Node, ModelAtomics>>(2, 1); });
  EXPECT_EQ(outcome.failure, std::nullopt);
  RecordProperty("schedules", std::to_string(outcome.schedules));
  EXPECT_GT(outcome.schedules, 100U);
}

TEST(HandoverModel, StopEndsTheSleep) {
  const auto make = [] {
    auto mailbox = std::make_shared<Mailbox<Node, ModelAtomics>>();
    Explorer::Program program;
    program.threads.emplace_back([mailbox] {
      while (!mailbox->stopped()) {
        if (mailbox->take_all() == nullptr) mailbox->sleep(std::nullopt);
      }
    });
    program.threads.emplace_back([mailbox] { mailbox->stop(); });
    program.check = []() -> std::optional<std::string> { return std::nullopt; };
    return program;
  };
  const auto outcome = Explorer().explore(make);
  EXPECT_EQ(outcome.failure, std::nullopt);
  EXPECT_GT(outcome.schedules, 5U);
}

TEST(HandoverModel, AClosedListRefusesOrGivesBackEveryNode) {
  const auto make = [] {
    struct Shared {
      MpscList<Node, ModelAtomics> list;
      Node node;
      bool accepted = false;
      bool given = false;
    };
    auto shared = std::make_shared<Shared>();
    Explorer::Program program;
    program.threads.emplace_back([shared] { shared->accepted = shared->list.push(&shared->node); });
    program.threads.emplace_back([shared] {
      shared->given = shared->list.take_all() != nullptr;
      if (shared->list.close() != nullptr) shared->given = true;
    });
    program.check = [shared]() -> std::optional<std::string> {
      if (shared->accepted != shared->given) return "a node is lost, or given back twice";
      return std::nullopt;
    };
    return program;
  };
  EXPECT_EQ(Explorer().explore(make).failure, std::nullopt);
}

/// Owns nothing: a schedule that is given up leaves its values where they are.
class MoveOnly {
 public:
  explicit MoveOnly(int value) : value_(value) {}
  MoveOnly(MoveOnly&& other) noexcept : value_(std::exchange(other.value_, 0)) {}
  int value() const { return value_; }

 private:
  int value_;
};

/// What Doorbell does, around what a producer hands over by a ring.
template <class Ring, class Flag>
Explorer::Program ring_and_bell(int values) {
  struct Shared {
    Ring ring{2};
    Flag pending;
    Mailbox<Node, ModelAtomics> mailbox;
    Node bell;
    std::vector<int> popped;
  };
  auto shared = std::make_shared<Shared>();
  Explorer::Program program;
  program.threads.emplace_back([shared, values] {
    while (shared->popped.size() < static_cast<std::size_t>(values)) {
      if (shared->mailbox.take_all() == nullptr) {
        shared->mailbox.sleep(std::nullopt);
        continue;
      }
      shared->pending.clear();
      while (auto value = shared->ring.pop()) shared->popped.push_back(value->value());
    }
  });
  program.threads.emplace_back([shared, values] {
    for (int value = 1; value <= values; ++value) {
      if (!shared->ring.push(MoveOnly(value))) return;
      if (shared->pending.set()) shared->mailbox.push(&shared->bell);
    }
  });
  program.check = [shared, values]() -> std::optional<std::string> {
    std::vector<int> expected(static_cast<std::size_t>(values));
    std::iota(expected.begin(), expected.end(), 1);
    if (shared->popped != expected) return "a value is lost, doubled or out of order";
    return std::nullopt;
  };
  return program;
}

using MoveOnlyRing = SpscRing<MoveOnly, ModelAtomics>;

TEST(HandoverModel, ARingAndItsBellLoseNothing) {
  const auto outcome =
      Explorer().explore([] { return ring_and_bell<MoveOnlyRing, PendingFlag<ModelAtomics>>(2); });
  EXPECT_EQ(outcome.failure, std::nullopt);
  RecordProperty("schedules", std::to_string(outcome.schedules));
  EXPECT_GT(outcome.schedules, 10U);
}

TEST(HandoverModel, ARingThatFillsUpKeepsItsOrder) {
  // More values than slots: the producer tries each as often as it has tries, and notes how many
  // went in.
  const auto make = [] {
    struct Shared {
      SpscRing<int, ModelAtomics> ring{1};
      int pushed = 0;
      std::vector<int> popped;
    };
    auto shared = std::make_shared<Shared>();
    Explorer::Program program;
    program.threads.emplace_back([shared] {
      for (int tries = 0; tries < 4; ++tries) {
        if (shared->ring.push(int{shared->pushed + 1})) ++shared->pushed;
      }
    });
    program.threads.emplace_back([shared] {
      for (int tries = 0; tries < 3; ++tries) {
        if (const auto value = shared->ring.pop()) shared->popped.push_back(*value);
      }
    });
    program.check = [shared]() -> std::optional<std::string> {
      while (const auto value = shared->ring.pop()) shared->popped.push_back(*value);
      std::vector<int> expected(static_cast<std::size_t>(shared->pushed));
      std::iota(expected.begin(), expected.end(), 1);
      if (shared->popped != expected) return "what was pushed is not what was popped";
      return std::nullopt;
    };
    return program;
  };
  const auto outcome = Explorer().explore(make);
  EXPECT_EQ(outcome.failure, std::nullopt);
  RecordProperty("schedules", std::to_string(outcome.schedules));
  EXPECT_GT(outcome.schedules, 10U);
}

// The explorer finds what is wrong: each of these differs from the real thing in one line.

/// Looks whether something is pending before it announces that it sleeps.
class ChecksTooEarly {
 public:
  bool push(Node* node) {
    list_.push(node);
    if (state_.load() == 1 && state_.exchange(0) == 1) ModelAtomics::wake(state_);
    return true;
  }
  Node* take_all() { return list_.take_all(); }
  void sleep(std::optional<Nanoseconds> deadline) {
    if (!list_.empty()) return;
    state_.store(1);
    while (state_.load() == 1 && ModelAtomics::wait(state_, 1, deadline)) {
    }
    state_.store(0);
  }

 private:
  MpscList<Node, ModelAtomics> list_;
  ModelAtomics::Atomic<std::uint32_t> state_{0};
};

TEST(HandoverModel, FindsASleepThatChecksBeforeItIsAnnounced) {
  const auto outcome =
      Explorer().explore([] { return producers_and_a_lane<ChecksTooEarly>(1, 1); });
  EXPECT_EQ(outcome.failure, "a thread sleeps for ever");
}

/// Takes the list in two steps.
class LosesNodes : public Mailbox<Node, ModelAtomics> {
 public:
  bool push(Node* node) {
    node->next = head_.load();
    head_.store(node);
    Node* empty = new Node{-1, 0, nullptr};
    empty_.emplace_back(empty);
    return Mailbox::push(empty);
  }
  Node* take_all() {
    Node* bell = Mailbox::take_all();
    if (bell == nullptr) return nullptr;
    Node* nodes = head_.load();
    head_.store(nullptr);
    return nodes;
  }

 private:
  ModelAtomics::Atomic<Node*> head_{nullptr};
  std::vector<std::unique_ptr<Node>> empty_;
};

TEST(HandoverModel, FindsAListThatIsTakenInTwoSteps) {
  const auto outcome = Explorer().explore([] { return producers_and_a_lane<LosesNodes>(1, 2); });
  EXPECT_NE(outcome.failure, std::nullopt);
}

/// Is never answered.
struct NeverAnswered {
  bool set() { return !pending.exchange(true); }
  void clear() {}
  ModelAtomics::Atomic<bool> pending{false};
};

TEST(HandoverModel, FindsABellThatIsNeverAnswered) {
  const auto outcome =
      Explorer().explore([] { return ring_and_bell<MoveOnlyRing, NeverAnswered>(2); });
  EXPECT_EQ(outcome.failure, "a thread sleeps for ever");
}

/// Publishes the slot before it has been filled.
class PublishesTooEarly {
 public:
  explicit PublishesTooEarly(std::size_t) {}
  bool push(MoveOnly value) {
    const std::size_t tail = tail_.load();
    tail_.store(tail + 1);
    slots_[tail].store(value.value());
    return true;
  }
  std::optional<MoveOnly> pop() {
    if (head_ == tail_.load()) return std::nullopt;
    return MoveOnly(slots_[head_++].load());
  }

 private:
  ModelAtomics::Atomic<std::size_t> tail_{0};
  std::size_t head_ = 0;
  ModelAtomics::Atomic<int> slots_[4];
};

TEST(HandoverModel, FindsARingThatPublishesTooEarly) {
  const auto outcome = Explorer().explore(
      [] { return ring_and_bell<PublishesTooEarly, PendingFlag<ModelAtomics>>(2); });
  EXPECT_NE(outcome.failure, std::nullopt);
}

}  // namespace
}  // namespace mort::scheduler
