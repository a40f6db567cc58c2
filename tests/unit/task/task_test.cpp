#include "mort/task/task.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

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
  bool wait_tick() override { return false; }
  void sleep(std::chrono::nanoseconds) override {}
  bool ended(std::string_view) const override { return true; }
  [[noreturn]] void finish() override { throw TaskEnded{}; }
  std::string param(std::string_view) const override { return "7"; }
  std::int64_t int_param(std::string_view) const override { return 7; }
  void log(std::string_view text) const override { lines.emplace_back(text); }

  int next = 0;
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
