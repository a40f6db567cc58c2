// Tasks that name the same structure by different C++ types.
#include <gmock/gmock.h>

#include "support/worker_simulation.hpp"

namespace mort::simulation {

/// What Source publishes, as the author of Other has written it.
struct Count {
  int value = 0;
};

namespace {

using std::chrono::seconds;
using testing::IsEmpty;

std::unique_ptr<Task> source() {
  return std::make_unique<Source>("Source", "C1");
}
std::unique_ptr<Task> sink() {
  return std::make_unique<Sink>("Sink", std::vector<std::string>{"C1"});
}

class Other : public Task {
 public:
  Other() {
    RegTask("Other");
    RegSub({"C1"});
  }
  void Run() override {
    while (const auto count = Take<Count>("C1")) observed().taken["Other"].push_back(count->value);
  }
};
std::unique_ptr<Task> other() {
  return std::make_unique<Other>();
}

class WorkerTypes : public WorkerSimulation {
 protected:
  /// The graph says what the code says: Other reads C1 as Count.
  void job_of(std::map<std::string, std::string> assign) {
    job({source, sink, other}, std::move(assign));
    graph::TaskGraph& graph = config_.manifest.graph;
    const std::string type = message_type<Count>().name;
    graph.types.structs[type] = {{{"value", "int32"}}};
    for (graph::TaskDecl& task : graph.tasks) {
      if (task.name == "Other") task.sub[0].type = type;
    }
    ASSERT_THAT(check(graph), IsEmpty());
    ASSERT_EQ(graph.type_of("C1"), message_type<Number>().name);
  }

  void run_on(const std::set<std::string>& nodes) {
    for (const std::string& node : nodes) load(node, 2);
    settle();
    start();
    run(seconds(1));
    EXPECT_EQ(observed().taken["Sink"], numbers(100));
    EXPECT_EQ(observed().taken["Other"], numbers(100));
    for (const std::string& node : nodes)
      EXPECT_EQ(count(node, Kind::kLog), 0) << "nothing dropped";
  }
};

TEST_F(WorkerTypes, WithinAWorkerTheMessageIsConverted) {
  job_of({{"Source", "a"}, {"Sink", "a"}, {"Other", "a"}});
  run_on({"a"});
}

TEST_F(WorkerTypes, BetweenNodesTheWireHasTheTypeOfThePublisher) {
  job_of({{"Source", "a"}, {"Sink", "b"}, {"Other", "c"}});
  run_on({"a", "b", "c"});
}

TEST_F(WorkerTypes, ReadersOfOneWorkerEachGetTheirOwnType) {
  job_of({{"Source", "a"}, {"Sink", "b"}, {"Other", "b"}});
  run_on({"a", "b"});
}

}  // namespace
}  // namespace mort::simulation
