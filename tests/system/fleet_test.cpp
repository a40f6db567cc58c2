// A real fleet: agents started by hand on three hosts, jobs submitted at any of them.
#include "support/namespace_fleet.hpp"

namespace mort::test {
namespace {

class Fleet : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!NamespaceFleet::possible()) GTEST_SKIP() << "no right to make network namespaces here";
    fleet_ = std::make_unique<NamespaceFleet>();
    fleet_->start_all();
  }
  std::string job_state(int node, const std::string& name) const {
    for (const Json& job : fleet_->ask(node, {"jobs"})) {
      if (job["name"] == name) return job["state"];
    }
    return "";
  }
  std::unique_ptr<NamespaceFleet> fleet_;
};

TEST_F(Fleet, RunsTheMainJobAndCountsTheBytesThatCross) {
  // A quick pass brings the artifacts to every node, so that the next one is measured without them.
  ASSERT_EQ(fleet_
                ->run(2, {"submit", kExample + "/job.yaml", "--follow", "--set", "passes=1",
                          "--set", "piece_bytes=60000"})
                .exit_code,
            0);
  const std::uint64_t before = fleet_->bytes_sent();
  const auto ran =
      fleet_->run(2, {"submit", kExample + "/job.yaml", "--follow", "--json", "--set", "passes=1"});
  const std::uint64_t sent = fleet_->bytes_sent() - before;
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const Json report = Json::parse(ran.out);
  EXPECT_EQ(report["state"], "completed");
  EXPECT_EQ(report["plan"]["assign"]["follow"], "node2");
  expect_lossless(report);
  const auto counted = run_process(
      {kExample + "/count.sh", kExample + "/data/raw1.txt", kExample + "/data/raw2.txt"});
  EXPECT_EQ(report["results"]["C8"], Json::parse(counted->out));

  std::uint64_t payload = 0;
  for (const Json& topic : report["topics"])
    payload += topic["paths"]["network"].get<std::uint64_t>();
  RecordProperty("payload_bytes", std::to_string(payload));
  RecordProperty("wire_bytes", std::to_string(sent));
  EXPECT_GT(payload, 4'000'000U);
  // Beside the payload: Ethernet, IP, UDP and RTPS headers (a piece is three datagram fragments),
  // heartbeats, acknowledgements, /state and /cmd.
  EXPECT_GT(sent, payload);
  EXPECT_LT(static_cast<double>(sent), 1.4 * static_cast<double>(payload));
}

TEST_F(Fleet, ListsAndStopsAStreamAtAnyNode) {
  const auto submitted = fleet_->run(0, {"submit", kExample + "/job.yaml"});
  ASSERT_EQ(submitted.exit_code, 0) << submitted.err;
  EXPECT_NE(submitted.out.find("accepted, stored on "), std::string::npos);
  EXPECT_EQ(submitted.out.find("stored on 1 node"), std::string::npos) << submitted.out;
  ASSERT_TRUE(wait_for([&] { return job_state(1, "text_statistics") == "running"; }));
  ASSERT_TRUE(wait_for([&] { return fleet_->ask(1, {"topics"}).size() == 8; }));
  // The job is running once its start is a command; its tasks tell of theirs a moment later.
  EXPECT_TRUE(wait_for([&] {
    const Json tasks = fleet_->ask(2, {"tasks"});
    return tasks.size() == 8 && std::all_of(tasks.begin(), tasks.end(), [](const Json& task) {
             return task["state"] == "running";
           });
  })) << fleet_->ask(2, {"tasks"}).dump();

  const auto again = fleet_->run(1, {"submit", kExample + "/job.yaml"});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_NE(again.err.find("already running"), std::string::npos) << again.err;

  EXPECT_EQ(fleet_->run(2, {"stop", "text_statistics"}).exit_code, 0);
  ASSERT_TRUE(wait_for([&] { return job_state(1, "text_statistics") == "stopped"; }));
  EXPECT_TRUE(wait_for([&] { return fleet_->product().processes("mort-worker").empty(); }));
  EXPECT_EQ(fleet_->run(0, {"stop", "text_statistics"}).exit_code, 2);
}

TEST_F(Fleet, AStreamWhoseOwnerIsGoneIsStoppedByAnother) {
  ASSERT_EQ(fleet_->run(0, {"submit", kExample + "/job.yaml"}).exit_code, 0);
  ASSERT_TRUE(wait_for([&] { return job_state(1, "text_statistics") == "running"; }));
  ASSERT_TRUE(fleet_->kill_agent(0));
  ASSERT_TRUE(wait_for([&] { return fleet_->ask(1, {"nodes"}).size() == 2; }));
  EXPECT_EQ(fleet_->run(1, {"stop", "text_statistics"}).exit_code, 0);
  EXPECT_TRUE(wait_for([&] { return job_state(2, "text_statistics") == "stopped"; }));
  // The name is free at once, and all of the job can run when the node is back.
  fleet_->start_agent(0);
  ASSERT_TRUE(fleet_->wait_for_nodes(3));
  EXPECT_EQ(fleet_->run(1, {"submit", kExample + "/job.yaml"}).exit_code, 0);
  EXPECT_EQ(fleet_->run(2, {"stop", "text_statistics"}).exit_code, 0);
  EXPECT_TRUE(wait_for([&] { return job_state(0, "text_statistics") == "stopped"; }));
}

TEST_F(Fleet, AJobThatNoSecondNodeHasStoredIsNotAccepted) {
  const TempDir dir;
  const std::string bundle = dir.path() + "/job.mort";
  ASSERT_EQ(fleet_->run(0, {"build", kExample + "/job.yaml", "-o", bundle}).exit_code, 0);
  // The link is down, and nobody has noticed: the others count as alive for five seconds.
  fleet_->cut(0);
  const auto refused = fleet_->run(0, {"submit", bundle});
  EXPECT_EQ(refused.exit_code, 5) << refused.out << refused.err;
  EXPECT_NE(refused.err.find("no second node has stored it"), std::string::npos) << refused.err;
  EXPECT_EQ(job_state(0, "text_statistics"), "failed");
  fleet_->heal(0);
  EXPECT_TRUE(wait_for([&] { return job_state(1, "text_statistics") == "failed"; }, 60));
  EXPECT_TRUE(wait_for([&] { return fleet_->product().processes("mort-worker").empty(); }));
}

TEST_F(Fleet, ShowsTheMessageOfATaskThatThrowsAtEveryNode) {
  const TempDir dir;
  const std::string job =
      dir.file("job.yaml", "job: broken\nsources: [broken.cpp]\ntasks:\n  Broken: {node: node1}\n");
  dir.file("broken.cpp",
           "#include \"mort/task/task.hpp\"\n#include <stdexcept>\nstruct M { int a = 0; };\nclass "
           "Broken : public mort::Task {\n public:\n"
           "  Broken() { RegTask(\"Broken\"); RegPub({\"m\"}); }\n  void Run() override {\n    "
           "Publish(\"m\", M{1});\n"
           "    Log(\"about to break\");\n    throw std::runtime_error(\"the sensor is "
           "unplugged\");\n  }\n};\nMORT_TASK(Broken);\n");
  const auto ran = fleet_->run(0, {"submit", job, "--follow"});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  for (int node = 0; node < 3; ++node) {
    const auto logs = fleet_->run(node, {"logs", "broken"});
    EXPECT_NE(logs.out.find("the sensor is unplugged"), std::string::npos)
        << "node " << node << ": " << logs.out << logs.err;
    EXPECT_NE(logs.out.find("about to break"), std::string::npos) << "node " << node;
  }
}

TEST_F(Fleet, APolicyDeniesWithExitCodeFourAndStopsARunningSubscriber) {
  const TempDir dir;
  const std::string policy =
      dir.file("policy.yaml",
               "rules:\n  - allow: {}\n  - forbid: {actions: [publish], topics: [C8], nodes: "
               "{zone: z1}}\n  - forbid: {topics: [C2], tasks: [F3]}\n");
  ASSERT_EQ(fleet_->run(0, {"rights", "set", policy}).exit_code, 0);
  ASSERT_TRUE(wait_for([&] {
    return fleet_->run(2, {"rights", "show"}).out == read_file(policy);
  }));
  const auto denied = fleet_->run(2, {"submit", kExample + "/job.yaml"});
  EXPECT_EQ(denied.exit_code, 4);
  EXPECT_NE(denied.err.find("C2"), std::string::npos) << denied.err;

  ASSERT_EQ(fleet_->run(1, {"rights", "set", dir.file("none.yaml", "")}).exit_code, 0);
  ASSERT_TRUE(wait_for([&] { return fleet_->run(0, {"rights", "show"}).out.empty(); }));
  ASSERT_EQ(fleet_->run(0, {"submit", kExample + "/job.yaml"}).exit_code, 0);
  ASSERT_TRUE(wait_for([&] { return job_state(0, "text_statistics") == "running"; }));
  ASSERT_EQ(fleet_->run(0, {"rights", "set", policy}).exit_code, 0);
  EXPECT_TRUE(wait_for([&] {
    return fleet_->run(0, {"logs", "text_statistics"})
               .out.find("lost the right to subscribe to topic C2") != std::string::npos;
  }));
  EXPECT_EQ(fleet_->run(0, {"stop", "text_statistics"}).exit_code, 0);
  EXPECT_TRUE(wait_for([&] { return job_state(2, "text_statistics") == "stopped"; }));
}

TEST_F(Fleet, ARestartedAgentTakesUpItsJobAndTheResultIsExact) {
  auto following = std::async(std::launch::async, [this] {
    return fleet_->run(
        0, {"submit", kExample + "/job.yaml", "--follow", "--json", "--set", "passes=1"});
  });
  ASSERT_TRUE(wait_for([&] { return job_state(0, "text_statistics") == "running"; }));
  ASSERT_TRUE(wait_for([&] { return fleet_->ask(0, {"topics"}).size() == 8; }));
  ASSERT_TRUE(fleet_->kill_agent(1));
  ASSERT_TRUE(wait_for([&] { return fleet_->product().processes("mort-worker").size() == 2; }));
  fleet_->start_agent(1);
  const auto ran = following.get();
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const Json report = Json::parse(ran.out);
  EXPECT_EQ(report["state"], "completed");
  EXPECT_EQ(report["epoch"], 2);
  const auto counted = run_process(
      {kExample + "/count.sh", kExample + "/data/raw1.txt", kExample + "/data/raw2.txt"});
  EXPECT_EQ(report["results"]["C8"], Json::parse(counted->out));
  expect_lossless(report);
}

/// Frames of no fixed size from one job to another on the same node.
TEST_F(Fleet, ATopicWithALargestPayloadGoesBySharedMemoryWithinANode) {
  const TempDir dir;
  const std::string task = R"(#include "mort/task/task.hpp"
#include <vector>
struct Frame { std::uint32_t number = 0; std::vector<std::uint8_t> bytes; };
)";
  dir.file("camera.cpp", task + R"(class Camera : public mort::Task {
 public:
  Camera() { RegTask("Camera", {.period = std::chrono::milliseconds(5)}); RegPub({"frames"}); }
  void Run() override {
    for (std::uint32_t i = 0; WaitTick(); ++i)
      Publish("frames", Frame{i, std::vector<std::uint8_t>(1000 * (i % 100))});
  }
};
MORT_TASK(Camera);
)");
  dir.file("viewer.cpp", task + R"(class Viewer : public mort::Task {
 public:
  Viewer() { RegTask("Viewer"); RegSub({"frames"}); RegPub({"seen"}); }
  void Run() override {
    Frame wrong;
    for (int i = 0; i < 300; ++i) {
      const auto frame = Take<Frame>("frames");
      if (!frame || frame->bytes.size() != 1000 * (frame->number % 100)) ++wrong.number;
    }
    Publish("seen", wrong);
  }
};
MORT_TASK(Viewer);
)");
  for (const bool bounded : {false, true}) {
    // A second's worth, lest a busy machine lose some.
    const std::string topics = std::string("topics: {frames: {depth: 200") +
                               (bounded ? ", max_bytes: 100000}}\n" : "}}\n");
    const std::string camera = bounded ? "camera2" : "camera1";
    const auto job = [&](const std::string& name, const std::string& source,
                         const std::string& placed) {
      return dir.file(name + ".yaml", "job: " + name + "\nsources: [" + source + ".cpp]\ntasks: {" +
                                          placed + ": {node: node0}}\n" + topics);
    };
    ASSERT_EQ(fleet_->run(0, {"submit", job(camera, "camera", "Camera")}).exit_code, 0);
    ASSERT_TRUE(wait_for([&] { return job_state(0, camera) == "running"; }));
    const auto ran =
        fleet_->run(0, {"submit", job("viewer", "viewer", "Viewer"), "--follow", "--json"});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    const Json report = Json::parse(ran.out);
    EXPECT_EQ(report["results"]["seen"]["number"], 0);
    bool sharing = false;
    for (const pid_t pid : fleet_->product().processes("mort-worker")) {
      const std::string maps = read_file("/proc/" + std::to_string(pid) + "/maps");
      sharing = sharing || maps.find("fast_datasharing") != std::string::npos;
    }
    EXPECT_EQ(sharing, bounded);
    for (const Json& topic : report["topics"]) {
      if (topic["topic"] != "frames") continue;
      EXPECT_GT(topic["paths"]["shm"], 0);
      EXPECT_EQ(topic["paths"]["network"], 0);
      EXPECT_EQ(topic["refused"], 0);
      EXPECT_EQ(topic["lost"], 0);
    }
    EXPECT_EQ(fleet_->run(0, {"stop", camera}).exit_code, 0);
    ASSERT_TRUE(wait_for([&] { return job_state(0, camera) == "stopped"; }));
  }
}

TEST_F(Fleet, ANodeThatTakesNoTasksStillSubmitsAndFollows) {
  ASSERT_TRUE(fleet_->kill_agent(2));
  ASSERT_TRUE(wait_for([&] { return fleet_->ask(0, {"nodes"}).size() == 2; }));
  fleet_->start_agent(2, {"--no-tasks", "--memory", "64MiB"});
  ASSERT_TRUE(fleet_->wait_for_nodes(3));
  for (const Json& node : fleet_->ask(0, {"nodes"})) {
    EXPECT_EQ(node["takes_tasks"], node["node"] != "node2") << node.dump();
    EXPECT_EQ(node["memory"] == 64 << 20, node["node"] == "node2") << node.dump();
    EXPECT_GT(node["free_memory"], 0);
    EXPECT_LE(node["free_memory"], node["memory"]);
  }
  const auto ran = fleet_->run(
      2,
      {"submit", std::string(MORT_SOURCE_DIR) + "/examples/hello/job.yaml", "--follow", "--json"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const Json plan = Json::parse(ran.out)["plan"];
  for (const auto& [task, node] : plan["assign"].items())
    EXPECT_EQ(node == "node2", task == "follow") << task;

  const TempDir dir;
  const auto job = [&](const std::string& settings) {
    return dir.file("job.yaml",
                    "job: large\nsources: [large.cpp]\ntasks:\n  Large: {" + settings + "}\n");
  };
  dir.file("large.cpp",
           "#include \"mort/task/task.hpp\"\nstruct M { int a = 0; };\nclass Large : public "
           "mort::Task {\n public:\n  Large() { RegTask(\"Large\"); RegPub({\"m\"}); }\n  void "
           "Run() override { Publish(\"m\", M{1}); }\n};\nMORT_TASK(Large);\n");
  const auto pinned = fleet_->run(0, {"plan", job("node: node2")});
  EXPECT_EQ(pinned.exit_code, 3);
  EXPECT_NE(pinned.err.find("pinned to node node2, which takes no tasks"), std::string::npos)
      << pinned.err;
  const auto large = fleet_->run(0, {"plan", job("memory: 1024 GiB")});
  EXPECT_EQ(large.exit_code, 3);
  EXPECT_NE(large.err.find("task Large asks for 1 cpu and 1099511627776 bytes, the most memory"),
            std::string::npos)
      << large.err;
}

TEST_F(Fleet, ABundleRunsLikeItsJob) {
  const TempDir dir;
  const std::string bundle = dir.path() + "/job.mort";
  const auto built = fleet_->run(0, {"build", kExample + "/job.yaml", "--set", "passes=1", "--set",
                                     "piece_bytes=60000", "-o", bundle});
  ASSERT_EQ(built.exit_code, 0) << built.err;
  const auto ran = fleet_->run(1, {"submit", bundle, "--follow", "--json"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(Json::parse(ran.out)["state"], "completed");
  std::string damaged = read_file(bundle);
  damaged[damaged.size() / 2] = static_cast<char>(~damaged[damaged.size() / 2]);
  const auto refused = fleet_->run(1, {"submit", dir.file("damaged.mort", damaged)});
  EXPECT_EQ(refused.exit_code, 2) << refused.err;
}

}  // namespace
}  // namespace mort::test
