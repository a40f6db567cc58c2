#include "mort/task/task.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <stdexcept>
#include <thread>

namespace mort {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Number {
  int value = 0;
};

class Sample : public Task {
 public:
  explicit Sample(const std::string& name = "Sample") {
    RegTask(name, {.cpu = 1.5, .period = std::chrono::milliseconds(20), .stack_bytes = 65536});
    RegSub({"in/a"});
    RegSub({"in/b", "in/c"});
    RegPub({"out"});
  }
  void Run() override {
    while (const auto number = Take<Number>("in/a")) Publish("out", Number{number->value * 2});
    Log("limit " + std::to_string(IntParam("limit")));
    Finish();
  }
  using Task::RegTask;
};

class Pair : public Task {
 public:
  Pair(const std::string& name, int first, int second) : sum(first + second) { RegTask(name); }
  void Run() override {}
  const int sum;
};

MORT_TASK(Sample);
MORT_TASK(Pair, "one", 1, 2);
MORT_TASK(Pair, "two", 3, 4);

/// A host that feeds numbers and keeps what is published.
class FakeHost : public TaskHost {
 public:
  std::shared_ptr<const void> take(std::string_view topic, const MessageType& type,
                                   bool wait) override {
    EXPECT_EQ(topic, "in/a");
    EXPECT_TRUE(wait);
    EXPECT_THAT(type.name, HasSubstr("Number"));
    if (next == 3) return nullptr;
    return std::make_shared<const Number>(Number{++next});
  }
  bool publish(std::string_view topic, const MessageType&,
               std::shared_ptr<const void> message) override {
    EXPECT_EQ(topic, "out");
    published.push_back(static_cast<const Number*>(message.get())->value);
    return true;
  }
  bool wait_data() override { return false; }
  WaitResult wait_for(WaitFor what, std::span<const std::string_view> topics,
                      std::optional<std::chrono::nanoseconds> timeout) override {
    waits.push_back(std::to_string(static_cast<int>(what)) + ":" + std::to_string(topics.size()) +
                    ":" + (timeout ? std::to_string(timeout->count()) : "for ever"));
    return WaitResult::kTimeout;
  }
  bool wait_tick() override { return false; }
  void sleep(std::chrono::nanoseconds) override {}
  bool ended(std::string_view) const override { return true; }
  [[noreturn]] void finish() override { throw TaskEnded{}; }
  std::string param(std::string_view) const override { return "7"; }
  std::int64_t int_param(std::string_view) const override { return 7; }
  void log(std::string_view text) const override { lines.emplace_back(text); }

  int next = 0;
  std::vector<std::string> waits;
  std::vector<int> published;
  mutable std::vector<std::string> lines;
};

TEST(Task, KeepsWhatItsConstructorRegistered) {
  const Sample task;
  const Registration& registration = task.registration();
  EXPECT_EQ(registration.name, "Sample");
  EXPECT_DOUBLE_EQ(registration.cpu, 1.5);
  EXPECT_EQ(registration.period, std::chrono::milliseconds(20));
  EXPECT_EQ(registration.stack_bytes, 65536);
  EXPECT_THAT(registration.sub, ElementsAre("in/a", "in/b", "in/c"));
  EXPECT_THAT(registration.pub, ElementsAre("out"));
}

TEST(Task, RegisteringTwiceThrowsWithBothNames) {
  Sample task;
  try {
    task.RegTask("Other");
    FAIL() << "no exception";
  } catch (const std::logic_error& e) {
    EXPECT_THAT(e.what(), HasSubstr("\"Sample\" and \"Other\""));
  }
  EXPECT_EQ(task.registration().name, "Sample");
}

TEST(Task, AsksItsHostForEverythingItsBodyDoes) {
  Sample task;
  FakeHost host;
  task.set_host(&host);
  EXPECT_THROW(task.Run(), TaskEnded);
  EXPECT_THAT(host.published, ElementsAre(2, 4, 6));
  EXPECT_THAT(host.lines, ElementsAre("limit 7"));
}

class Waiting : public Task {
 public:
  void Run() override {
    WaitAny({"in/a", "in/b"}, std::chrono::milliseconds(3));
    WaitAll({"in/a"});
    if (WaitSameTick() == WaitResult::kTimeout) Log("timeout");
  }
};

TEST(Task, WaitsOnSeveralInputsByItsHost) {
  Waiting task;
  FakeHost host;
  task.set_host(&host);
  task.Run();
  EXPECT_THAT(host.waits, ElementsAre("0:2:3000000", "1:1:for ever", "2:0:for ever"));
  EXPECT_THAT(host.lines, ElementsAre("timeout"));
}

/// What a worker offers to constructors, for tests.
class Constructing : public ConstructionHost {
 public:
  std::string param(std::string_view name) const override { return std::string(name) + "!"; }
  std::int64_t int_param(std::string_view) const override { return 5; }
  void log(std::string_view text) const override { lines.emplace_back(text); }
  mutable std::vector<std::string> lines;
};

/// Registers what its parameters say, and then does what it is told to.
class Shaped : public Task {
 public:
  explicit Shaped(void (*then)(Shaped&) = [](Shaped&) {}) {
    RegTask("Shaped", {.cpu = static_cast<double>(IntParam("cores"))});
    RegSub({Param("topic")});
    Log("registered");
    then(*this);
  }
  void Run() override {}
  using Task::Ended;
  using Task::Finish;
  using Task::Log;
  using Task::Param;
  using Task::Publish;
  using Task::Sleep;
  using Task::Take;
  using Task::TryTake;
  using Task::WaitData;
  using Task::WaitTick;
};

std::string thrown_by(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::logic_error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

TEST(ConstructionScope, ConstructorsReadParametersAndLog) {
  Constructing host;
  const ConstructionScope scope(host);
  const Shaped task;
  EXPECT_THAT(task.registration().sub, ElementsAre("topic!"));
  EXPECT_DOUBLE_EQ(task.registration().cpu, 5);
  EXPECT_THAT(host.lines, ElementsAre("registered"));
}

TEST(ConstructionScope, ConstructorsCannotDoWhatARunningTaskDoes) {
  Constructing host;
  const ConstructionScope scope(host);
  const std::pair<const char*, void (*)(Shaped&)> calls[] = {
      {"Take", [](Shaped& task) { task.Take<Number>("topic!"); }},
      {"TryTake", [](Shaped& task) { task.TryTake<Number>("topic!"); }},
      {"Publish", [](Shaped& task) { task.Publish("topic!", Number{}); }},
      {"WaitData", [](Shaped& task) { task.WaitData(); }},
      {"WaitTick", [](Shaped& task) { task.WaitTick(); }},
      {"Sleep", [](Shaped& task) { task.Sleep(std::chrono::seconds(1)); }},
      {"Ended", [](Shaped& task) { static_cast<void>(task.Ended("topic!")); }},
      {"Finish", [](Shaped& task) { task.Finish(); }},
  };
  for (const auto& [name, call] : calls) {
    EXPECT_THAT(thrown_by([call = call] { const Shaped task(call); }),
                testing::StartsWith(std::string(name) + " is called in a constructor"));
  }
}

TEST(ConstructionScope, EndsWithItsBlockAndGivesWayToAHostOfTheTask) {
  Constructing outer;
  const ConstructionScope outer_scope(outer);
  std::unique_ptr<Shaped> task;
  {
    Constructing inner;
    const ConstructionScope scope(inner);
    task = std::make_unique<Shaped>();
    EXPECT_THAT(inner.lines, ElementsAre("registered"));
  }
  task->Log("again");
  EXPECT_THAT(outer.lines, ElementsAre("again"));
  FakeHost host;
  task->set_host(&host);
  task->Log("running");
  EXPECT_THAT(host.lines, ElementsAre("running"));
}

TEST(ConstructionScope, HoldsInItsOwnThreadOnly) {
  Constructing host;
  const ConstructionScope scope(host);
  std::string text;
  std::thread([&] { text = thrown_by([] { const Shaped task; }); }).join();
  EXPECT_THAT(text, HasSubstr("IntParam is called on a task that no worker runs"));
}

TEST(Task, CallsWithoutAnyHostThrow) {
  EXPECT_THAT(thrown_by([] { const Shaped task; }),
              testing::AllOf(HasSubstr("IntParam is called"), HasSubstr("it has no name yet")));
  Sample task;
  EXPECT_THAT(thrown_by([&] { task.Run(); }),
              testing::StartsWith("Take is called on a task that no worker runs: \"Sample\""));
}

TEST(TaskRegistration, FactoriesMakeTheTasksInOrderOfRegistration) {
  std::vector<std::string> names;
  for (const auto factory : task_factories()) names.push_back(factory()->registration().name);
  EXPECT_THAT(names, ElementsAre("Sample", "one", "two"));
}

TEST(TaskRegistration, AFactoryMakesANewTaskAtEachCallWithItsArguments) {
  const auto factory = task_factories().at(2);
  const auto first = factory();
  const auto second = factory();
  EXPECT_NE(first.get(), second.get());
  EXPECT_EQ(dynamic_cast<Pair&>(*first).sum, 7);
}

}  // namespace
}  // namespace mort
