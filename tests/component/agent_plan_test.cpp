// What the agents measure comes back into plans: rates, loads, and the placement in force judged by
// them.
#include <gmock/gmock.h>

#include "mort/message/message.hpp"
#include "mort/space/record.hpp"
#include "support/agent_simulation.hpp"

namespace mort::simulation {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

/// Source (a) -> C1 -> Left and Right (b), Far (c).
JobMaker fan() {
  return JobMaker("fan")
      .task("Source", "a", {}, {"C1"})
      .task("Left", "b", {"C1"}, {"L"})
      .task("Right", "b", {"C1"}, {"R"})
      .task("Far", "c", {"C1"}, {});
}

worker::Stats publishing(const std::string& topic, const std::string& task, std::uint64_t sent,
                         std::uint64_t bytes, double rate_hz) {
  worker::Stats stats;
  stats.published = {{topic, task, "demo::Piece", sent, bytes, 0, rate_hz}};
  stats.active_s = 10;
  return stats;
}

class AgentPlan : public AgentSimulation {
 protected:
  void say(const std::string& node, const std::string& job, worker::Stats stats) {
    worker_of(node, job)->emit({Kind::kStats, {}, {}, {}, {}, std::move(stats)});
    run(seconds(1));
  }
  /// The tasks of `fan` end, with these last figures.
  void finish(const std::string& job, std::map<std::string, worker::Stats> last) {
    for (const char* node : {"a", "b", "c"})
      worker_of(node, job)->emit({Kind::kDone, {}, {}, {}, {}, last[node]});
    run(seconds(1));
  }
  json plan_of(const std::string& node, JobMaker job) {
    job.manifest.artifacts = {upload(node, library_, "library", "x86_64")};
    const auto plan = core(node).plan({graph::to_json(job.manifest), "ann", false, gbto()});
    EXPECT_TRUE(plan) << to_string(plan.error());
    return plan ? json::parse(*plan) : json();
  }
  json running(const std::string& node, const std::string& job) {
    const auto plan = core(node).running_plan_json(job);
    EXPECT_TRUE(plan) << to_string(plan.error());
    return plan ? json::parse(*plan) : json();
  }
};

TEST_F(AgentPlan, TheNextPlanOfAJobUsesWhatItsRunsHaveMeasured) {
  fleet({"a", "b", "c"});
  EXPECT_EQ(plan_of("a", fan())["rate_sources"]["C1"], "assumed");
  const std::string job = submit("a", fan());
  bring_up({"a", "b", "c"}, job);
  say("a", job, publishing("C1", "Source", 101, 101 * 2000, 10));
  for (const bool running : {true, false}) {
    const json plan = plan_of("c", fan());
    EXPECT_EQ(plan["rates_bps"]["C1"], 2000 * 8 * 10) << running;
    EXPECT_EQ(plan["rate_sources"]["C1"], "measured");
    EXPECT_EQ(plan["rate_sources"]["L"], "assumed");
    if (!running) break;
    finish(job, {{"a", publishing("C1", "Source", 101, 101 * 2000, 10)}});
    run(seconds(10));
    ASSERT_EQ(state(job), "completed");
  }
  JobMaker other = fan();
  other.manifest.job.name = "other";
  EXPECT_EQ(plan_of("a", other)["rate_sources"]["C1"], "assumed") << "of another name";
}

TEST_F(AgentPlan, TheCpuTimeOfTasksIsMeasuredAndCountsInAFusedPlan) {
  machine("a").cpu_millis = 1000;
  machine("b").cpu_millis = 1000;
  fleet({"a", "b"});
  const auto chain = [](bool pinned) {
    return JobMaker("chain")
        .task("First", "a", {}, {"C1"})
        .task("Second", pinned ? "b" : "", {"C1"}, {});
  };
  const auto traffic = [&] {
    JobMaker job = chain(false);
    job.manifest.artifacts = {upload("a", library_, "library", "x86_64")};
    const auto options = agent::plan_options({{"algorithm", "gfbto"}, {"model", "fused"}});
    const auto plan = core("a").plan({graph::to_json(job.manifest), "ann", false, *options});
    EXPECT_TRUE(plan) << to_string(plan.error());
    return plan ? json::parse(*plan)["traffic_bps"].get<std::int64_t>() : -1;
  };
  EXPECT_EQ(traffic(), 0) << "nothing is measured: the two share one core";
  const std::string job = submit("a", chain(true));
  bring_up({"a", "b"}, job);
  for (const auto& [node, task] : {std::pair("a", "First"), std::pair("b", "Second")}) {
    worker::Stats stats;
    worker::TaskStats& one = stats.tasks.emplace_back();
    one.task = task;
    one.state = "running";
    one.run_s = 9;
    one.cpu_s = 6;  // 0.6 of a core each
    one.active_s = 10;
    worker_of(node, job)->emit({Kind::kDone, {}, {}, {}, {}, stats});
  }
  run(seconds(1));
  ASSERT_EQ(state(job), "completed");
  EXPECT_GT(traffic(), 0);
}

TEST_F(AgentPlan, AFusedJobTakesOfANodeWhatItsPlanNeedsOfIt) {
  machine("a").cpu_millis = 2000;
  fleet({"a"});
  JobMaker job = JobMaker("chain").task("First", "a", {}, {"C1"}).task("Second", "a", {"C1"}, {});
  job.manifest.artifacts = {upload("a", library_, "library", "x86_64")};
  const auto options = agent::plan_options({{"algorithm", "gfbto"}, {"model", "fused"}});
  ASSERT_TRUE(core("a").submit({graph::to_json(job.manifest), "ann", false, *options}));
  settle();
  EXPECT_EQ(json::parse(core("a").nodes_json())[0]["free_cpu"], 1.0);
  EXPECT_TRUE(try_submit("a", JobMaker("other").task("Other", "a", {}, {"C2"})));
  settle();
  EXPECT_EQ(json::parse(core("a").nodes_json())[0]["free_cpu"], 0.0);
}

TEST_F(AgentPlan, ALaterRunCountsBeforeAnEarlierOne) {
  fleet({"a", "b", "c"});
  for (const double rate : {10.0, 20.0}) {
    const std::string job = submit("a", fan());
    bring_up({"a", "b", "c"}, job);
    std::map<std::string, worker::Stats> last;
    last["a"] = publishing("C1", "Source", 100, 100 * 500, rate);
    if (rate == 10.0) last["b"] = publishing("L", "Left", 100, 100 * 50, 4);
    finish(job, last);
    ASSERT_EQ(state(job), "completed");
  }
  const json plan = plan_of("a", fan());
  EXPECT_EQ(plan["rates_bps"]["C1"], 500 * 8 * 20);
  EXPECT_EQ(plan["rates_bps"]["L"], 50 * 8 * 4) << "known from the first run alone";
}

TEST_F(AgentPlan, RatesThatNoTopicCanHaveAreNotBelieved) {
  fleet({"a", "b", "c"});
  const std::string job = submit("a", fan());
  bring_up({"a", "b", "c"}, job);
  for (const double rate : {1e300, -5.0, 0.0}) {
    say("a", job, publishing("C1", "Source", 100, UINT64_MAX, rate));
    EXPECT_EQ(plan_of("b", fan())["rate_sources"]["C1"], "assumed") << rate;
    EXPECT_TRUE(json::accept(core("b").topics_json()));
    EXPECT_TRUE(json::accept(*core("b").running_plan_json(job)));
  }
  say("a", job, publishing("C1", "Left", 100, 100, 1));
  EXPECT_EQ(plan_of("b", fan())["rate_sources"]["C1"], "assumed")
      << "of a task that publishes it not";
}

TEST_F(AgentPlan, ThePlacementInForceIsJudgedAtMeasuredRatesBesideWhatWasCounted) {
  fleet({"a", "b", "c"});
  const std::string job = submit("b", fan(), true);
  EXPECT_EQ(running("c", job)["measured"]["traffic_bps"],
            running("c", job)["planned"]["traffic_bps"])
      << "nothing is measured yet";
  bring_up({"a", "b", "c"}, job);
  say("a", job, publishing("C1", "Source", 101, 101 * 1000, 10));
  auto left = publishing("L", "Left", 101, 101 * 100, 10);
  left.received = {{"C1", 100, 0, 100'000}};
  say("b", job, left);
  worker::Stats far;
  far.received = {{"C1", 100, 0, 100'000}};
  far.active_s = 10;
  say("c", job, far);

  const json plan = running("a", "fan");
  EXPECT_EQ(plan["job"], job);
  EXPECT_EQ(plan["state"], "running");
  // C1 crosses to b and c once each, however many tasks and follow readers b has; L and R stay
  // there.
  EXPECT_EQ(plan["measured"]["traffic_bps"], 2 * 80'000);
  EXPECT_EQ(plan["counted"]["network_bytes"], 200'000);
  EXPECT_DOUBLE_EQ(plan["counted"]["network_bps"].get<double>(), 160'000.0);
  for (const json& topic : plan["topics"]) {
    if (topic["topic"] != "C1") continue;
    EXPECT_EQ(topic["remote_workers"], 2);
    EXPECT_EQ(topic["rate_source"], "measured");
    EXPECT_EQ(topic["planned_bps"], 96);
    EXPECT_EQ(topic["traffic_bps"], 160'000);
  }
  EXPECT_FALSE(core("a").running_plan_json("nothing"));
}

TEST_F(AgentPlan, ATopicOfAnotherJobCrossesToEachNodeThatReadsIt) {
  fleet({"a", "b", "c"});
  const std::string sensors = submit("a", JobMaker("sensors").task("Sensor", "a", {}, {"S"}));
  bring_up({"a"}, sensors);
  worker::Stats stats = publishing("S", "Sensor", 101, 101 * 1000, 10);
  say("a", sensors, stats);
  const json plan = plan_of("c", JobMaker("reader").task("Reader", "", {"S"}, {}));
  EXPECT_EQ(plan["assign"]["Reader"], "a") << "drawn to its topic";
  EXPECT_EQ(plan["rate_sources"]["S"], "measured");
  const std::string readers =
      submit("b", JobMaker("readers").task("R1", "b", {"S"}, {}).task("R2", "b", {"S"}, {}));
  EXPECT_EQ(json::parse(core("c").topics_json())[0]["rate_source"], "measured");
  const json judged = running("c", readers);
  EXPECT_EQ(judged["measured"]["traffic_bps"], 80'000);
}

TEST_F(AgentPlan, WhatAPlanCostsGoesWithTheCommittedJob) {
  fleet({"a", "b", "c"});
  const std::string job = submit("a", fan());
  for (const char* node : {"a", "b", "c"}) {
    const json plan = json::parse(*core(node).job_json(job))["plan"];
    EXPECT_EQ(plan["objective"], "topic");
    EXPECT_EQ(plan["model"], "plain");
    EXPECT_EQ(plan["traffic_bps"], 2 * 96);
    EXPECT_TRUE(plan.contains("choice"));
    EXPECT_TRUE(plan.contains("bound_bps"));
    EXPECT_TRUE(plan["lanes"].is_object());
  }
}

TEST_F(AgentPlan, LanesOfACommittedPlanReachTheWorkersThatHaveTheirTasks) {
  fleet({"a", "b", "c"});
  JobMaker job = fan();
  job.manifest.artifacts = {upload("a", library_, "library", "x86_64")};
  bus::MemoryBus bus(network_, "planner");
  bus::Qos qos;
  qos.keep_all = true;
  auto commands = bus.create_writer({"mort/cmd", message_type<space::Envelope>().name}, qos, {}, {});
  std::uint64_t seq = 0;
  const auto commit = [&](const std::string& id, const json& lanes) {
    const json body = {{"job", id},
                       {"name", "fan"},
                       {"owner", "a"},
                       {"user", "ann"},
                       {"submitted_ms", 1},
                       {"manifest", graph::to_json(job.manifest)},
                       {"plan", "{}"},
                       {"assign", {{"Source", "a"}, {"Left", "b"}, {"Right", "b"}, {"Far", "c"}}},
                       {"lanes", lanes}};
    space::Record record;
    record.space = space::kCmd;
    record.key = "job/" + id + "/submit";
    record.author = "planner.1";
    record.author_seq = ++seq;
    record.body = body.dump();
    (*commands)->write(space::encode(*space::seal(std::move(record))));
    run(seconds(2));
  };
  commit("fan-1", {{"Source", 0}, {"Left", 1}, {"Right", 0}, {"Far", 7}});
  EXPECT_EQ(worker_of("b", "fan-1")->config.lanes,
            (std::map<std::string, int>{{"Left", 1}, {"Right", 0}}));
  EXPECT_EQ(worker_of("c", "fan-1")->config.lanes, (std::map<std::string, int>{{"Far", 7}}));
  for (const json& bad : {json{{"Left", -1}}, json{{"Left", worker::kMaxLanes}},
                          json{{"Left", "one"}}, json::array({1}), json()}) {
    const std::string id = "fan-bad" + std::to_string(seq);
    commit(id, bad);
    EXPECT_TRUE(workers("b", id).empty()) << bad;
  }
}

TEST_F(AgentPlan, ANodeThatTakesNoTasksIsShownAndLeftOut) {
  machine("a").takes_tasks = false;
  fleet({"a", "b"});
  for (const json& node : json::parse(core("b").nodes_json()))
    EXPECT_EQ(node["takes_tasks"], node["node"] == "b");
  const std::string job = submit("a", JobMaker("job").task("One", "", {}, {"C1"}));
  EXPECT_EQ(workers("b", job).size(), 1U);
  const auto pinned = try_submit("a", JobMaker("pinned").task("Two", "a", {}, {"C2"}));
  ASSERT_FALSE(pinned);
  EXPECT_EQ(pinned.error().code, ErrorCode::kInfeasible);
}

TEST_F(AgentPlan, MemoryThatJobsReserveIsNotOfferedTwice) {
  machine("a").memory = 1000;
  machine("a").free_memory = 900;
  fleet({"a"});
  EXPECT_EQ(json::parse(core("a").nodes_json())[0]["free_memory"], 900);
  JobMaker first = JobMaker("first").task("One", "", {}, {"C1"});
  first.manifest.job.tasks["One"].memory_bytes = 600;
  const std::string job = submit("a", first);
  EXPECT_EQ(json::parse(core("a").nodes_json())[0]["free_memory"], 400);
  JobMaker second = JobMaker("second").task("Two", "", {}, {"C2"});
  second.manifest.job.tasks["Two"].memory_bytes = 401;
  const auto refused = try_submit("a", second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInfeasible);
  second.manifest.job.tasks["Two"].memory_bytes = 400;
  EXPECT_TRUE(try_submit("a", second));
}

}  // namespace
}  // namespace mort::simulation
