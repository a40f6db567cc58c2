#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mort/worker/worker.hpp"

namespace mort::worker {
namespace {

using testing::HasSubstr;

graph::TaskGraph graph_of_two() {
  graph::TaskGraph graph;
  graph::TaskDecl count;
  count.name = "Count";
  count.sub = {{"C1", "demo::Piece", {}}, {"C2", "demo::Piece", {}}};
  count.pub = {{"C3", "demo::Piece", {}}};
  graph::TaskDecl source;
  source.name = "Source";
  source.pub = {{"C1", "demo::Piece", {}}, {"C2", "demo::Piece", {}}};
  graph.tasks = {count, source};
  return graph;
}

Registration registration(const std::string& name, std::vector<std::string> sub,
                          std::vector<std::string> pub) {
  Registration r;
  r.name = name;
  r.sub = std::move(sub);
  r.pub = std::move(pub);
  return r;
}

std::vector<Registration> library() {
  return {registration("Source", {}, {"C2", "C1"}), registration("Count", {"C2", "C1"}, {"C3"})};
}

std::string refusal(const std::vector<Registration>& registrations) {
  const auto result = compare(graph_of_two(), registrations);
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, ErrorCode::kInvalid);
  EXPECT_FALSE(result.error().cure.empty());
  return result.error().message;
}

TEST(Compare, AcceptsTheSameTasksInAnyOrder) {
  EXPECT_EQ(refusal(library()), "accepted");
}

TEST(Compare, RefusesATaskThatIsMissing) {
  auto tasks = library();
  tasks.pop_back();
  EXPECT_THAT(refusal(tasks), HasSubstr("task Count of the graph is not in the library"));
  EXPECT_THAT(refusal({}), HasSubstr("is not in the library"));
}

TEST(Compare, RefusesATaskThatTheGraphDoesNotHave) {
  auto tasks = library();
  tasks.push_back(registration("Extra", {}, {}));
  EXPECT_THAT(refusal(tasks), HasSubstr("task \"Extra\" is not in the graph"));
  tasks.back().name = "";
  EXPECT_THAT(refusal(tasks), HasSubstr("is not in the graph"));
}

TEST(Compare, RefusesATaskThatIsRegisteredTwice) {
  auto tasks = library();
  tasks.push_back(tasks[0]);
  EXPECT_THAT(refusal(tasks), HasSubstr("task Source is registered twice"));
}

TEST(Compare, RefusesSubscriptionsThatDiffer) {
  auto tasks = library();
  tasks[1].sub = {"C1"};
  EXPECT_THAT(refusal(tasks), HasSubstr("task Count subscribes to C1, the graph says C1, C2"));
  tasks[1].sub = {"C1", "C2", "C9"};
  EXPECT_THAT(refusal(tasks), HasSubstr("task Count subscribes to C1, C2, C9"));
  tasks[1].sub = {};
  EXPECT_THAT(refusal(tasks), HasSubstr("subscribes to nothing"));
}

TEST(Compare, RefusesPublicationsThatDiffer) {
  auto tasks = library();
  tasks[1].pub = {"C4"};
  EXPECT_THAT(refusal(tasks), HasSubstr("task Count publishes C4, the graph says C3"));
  tasks = library();
  tasks[0].sub = {"C3"};  // of a task that should read nothing
  EXPECT_THAT(refusal(tasks), HasSubstr("task Source subscribes to C3, the graph says nothing"));
}

TEST(Compare, RefusesOptionsThatDiffer) {
  for (const auto& change : std::vector<std::function<void(Registration&)>>{
           [](Registration& r) { r.cpu = 2; },
           [](Registration& r) { r.period = std::chrono::milliseconds(20); },
           [](Registration& r) { r.stack_bytes = 65536; }}) {
    auto tasks = library();
    change(tasks[0]);
    EXPECT_THAT(refusal(tasks), HasSubstr("options of task Source"));
  }
}

TEST(LoadLibrary, WhatIsNoLibraryIsRefusedWithTheLoadersReason) {
  const auto loaded = load_library("/nowhere/libtasks.so");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(loaded.error().message, HasSubstr("/nowhere/libtasks.so"));
}

}  // namespace
}  // namespace mort::worker
