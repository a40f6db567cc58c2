// Messages from threads that are not the task's own, and calls that such threads may not make.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "mort/task/inbox.hpp"
#include "support/worker_simulation.hpp"

namespace mort::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

/// What the test holds of the task that runs.
std::atomic<Inbox<int>*> posted_to{nullptr};
std::vector<std::string> refusals;

/// Takes from its inbox until it ends.
class Taking : public Task {
 public:
  Taking() {
    RegTask("Taking");
    RegPub({"C1"});
    posted_to = &numbers_;
  }
  ~Taking() override { posted_to = nullptr; }
  void Run() override {
    while (const auto number = numbers_.Take()) {
      observed().taken["Taking"].push_back(*number);
      Publish("C1", Number{*number});
    }
  }

 private:
  Inbox<int> numbers_{this, "numbers", 4};
};

/// Waits for its topic and its inbox at once.
class Both : public Task {
 public:
  Both() {
    RegTask("Both");
    RegSub({"C1"});
    posted_to = &numbers_;
  }
  ~Both() override { posted_to = nullptr; }
  void Run() override {
    while (WaitAny({"C1", numbers_}) != WaitResult::kEnded) {
      while (const auto number = TryTake<Number>("C1"))
        observed().taken["topic"].push_back(number->value);
      while (const auto number = numbers_.TryTake()) observed().taken["inbox"].push_back(*number);
    }
  }

 private:
  Inbox<int> numbers_{this, "numbers"};
};

/// Makes every call from a thread of its own, and keeps what it is told.
class Foreign : public Task {
 public:
  Foreign() {
    RegTask("Foreign");
    RegSub({"C1"});
    RegPub({"C2"});
  }
  void Run() override {
    WaitTick();
    std::thread driver([this] {
      const auto attempt = [](const auto& call) {
        try {
          call();
          refusals.emplace_back("nothing");
        } catch (const std::logic_error& error) {
          refusals.emplace_back(error.what());
        }
      };
      attempt([&] { Publish("C2", Number{1}); });
      attempt([&] { Take<Number>("C1"); });
      attempt([&] { TryTake<Number>("C1"); });
      attempt([&] { WaitAny(); });
      attempt([&] { WaitTick(); });
      attempt([&] { Sleep(milliseconds(1)); });
      attempt([&] { Ended("C1"); });
      attempt([&] { Finish(); });
      Log("from the driver");
      Param("count");
    });
    driver.join();
  }
};

std::unique_ptr<Task> taking() {
  return std::make_unique<Taking>();
}
std::unique_ptr<Task> both() {
  return std::make_unique<Both>();
}
std::unique_ptr<Task> foreign() {
  return std::make_unique<Foreign>();
}
std::unique_ptr<Task> source() {
  return std::make_unique<Source>("Source", "C1");
}
std::unique_ptr<Task> sink() {
  return std::make_unique<Sink>("Sink", std::vector<std::string>{"C1"});
}
std::unique_ptr<Task> ticking() {
  return std::make_unique<Ticking>("Ticking", "C1");
}
std::unique_ptr<Task> last() {
  return std::make_unique<Sink>("Last", std::vector<std::string>{"C2"});
}

class WorkerInbox : public WorkerSimulation {
 protected:
  std::string log_of(const std::string& node) {
    std::string text;
    for (const auto& event : events(node)) {
      if (event.kind == Kind::kLog) text += event.text + "\n";
    }
    return text;
  }
};

TEST_F(WorkerInbox, WhatAnotherThreadPostsIsTakenInOrderAndPublished) {
  job({taking, sink}, {{"Taking", "a"}, {"Sink", "a"}});
  load("a");
  settle();
  start();
  settle();
  for (int i = 1; i <= 3; ++i) std::thread([i] { EXPECT_TRUE(posted_to.load()->post(i)); }).join();
  settle();
  EXPECT_THAT(observed().taken["Sink"], ElementsAre(1, 2, 3));
  std::thread([] { posted_to.load()->End(); }).join();
  settle();
  EXPECT_EQ(state("a", "Taking"), "finished");
}

TEST_F(WorkerInbox, AFullInboxRefusesAndTheLogTellsHowMuch) {
  job({taking, sink}, {{"Taking", "a"}, {"Sink", "a"}});
  load("a");
  settle();
  start();
  int accepted = 0;
  for (int i = 0; i < 10; ++i) accepted += posted_to.load()->post(i) ? 1 : 0;
  EXPECT_EQ(accepted, 4) << "it holds 4, and its task has not run yet";
  settle();
  EXPECT_THAT(observed().taken["Taking"], ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(log_of("a"), HasSubstr("inbox numbers was full: 6 posted messages are dropped"));
}

TEST_F(WorkerInbox, ASourceLearnsOfTheStopAtItsInbox) {
  job({taking, sink}, {{"Taking", "a"}, {"Sink", "a"}});
  load("a");
  settle();
  start();
  settle();
  posted_to.load()->post(7);
  send(Order::kStop);
  settle();
  EXPECT_THAT(observed().taken["Sink"], ElementsAre(7)) << "what was posted before is not lost";
  EXPECT_EQ(count("a", Kind::kDone), 1);
}

TEST_F(WorkerInbox, ATaskWaitsForTopicsAndInboxTogetherAndEndsWithItsTopics) {
  job({source, both}, {{"Source", "a"}, {"Both", "a"}});
  config_.params["count"] = "3";
  load("a");
  settle();
  posted_to.load()->post(41);
  start();
  settle();
  EXPECT_THAT(observed().taken["topic"], ElementsAre(1, 2, 3));
  EXPECT_THAT(observed().taken["inbox"], ElementsAre(41));
  EXPECT_EQ(state("a", "Both"), "finished");
  EXPECT_EQ(count("a", Kind::kDone), 1);
}

TEST_F(WorkerInbox, PostsOfManyThreadsAllArrive) {
  job({ticking, both}, {{"Ticking", "a"}, {"Both", "a"}});
  period("Ticking", milliseconds(20));
  load("a");
  settle();
  start();
  settle();
  constexpr int kThreads = 8;
  constexpr int kEach = 100;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < kEach; ++i) {
        while (!posted_to.load()->post(t * kEach + i)) std::this_thread::yield();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  settle();
  auto& taken = observed().taken["inbox"];
  std::sort(taken.begin(), taken.end());
  ASSERT_EQ(taken.size(), static_cast<std::size_t>(kThreads * kEach));
  for (int i = 0; i < kThreads * kEach; ++i) ASSERT_EQ(taken[static_cast<std::size_t>(i)], i);
}

TEST_F(WorkerInbox, CallsFromAnotherThreadAreRefusedWithTaskCallAndCure) {
  refusals.clear();
  job({ticking, foreign, last}, {{"Ticking", "a"}, {"Foreign", "a"}, {"Last", "a"}});
  period("Ticking", milliseconds(20));
  period("Foreign", milliseconds(20));
  load("a");
  settle();
  start();
  run(seconds(1));
  ASSERT_EQ(refusals.size(), 8U);
  const char* calls[] = {"Publish",  "Take",  "TryTake", "WaitAny",
                         "WaitTick", "Sleep", "Ended",   "Finish"};
  for (std::size_t i = 0; i < refusals.size(); ++i) {
    EXPECT_THAT(refusals[i],
                HasSubstr("task Foreign calls " + std::string(calls[i]) + " from another thread"));
    EXPECT_THAT(refusals[i], HasSubstr("mort::Inbox"));
  }
  EXPECT_EQ(state("a", "Foreign"), "finished");
  EXPECT_THAT(log_of("a"), HasSubstr("from the driver"));
}

TEST_F(WorkerInbox, AnInboxAfterItsTaskHasEndedRefuses) {
  job({taking, sink}, {{"Taking", "a"}, {"Sink", "a"}});
  load("a");
  settle();
  start();
  settle();
  send(Order::kStop);
  settle();
  EXPECT_FALSE(posted_to.load()->post(1));
}

}  // namespace
}  // namespace mort::simulation
