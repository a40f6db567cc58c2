// What an agent checks at submit, rights, what its views say, and that every run is replayable.
#include <gmock/gmock.h>

#include <random>

#include "mort/message/message.hpp"
#include "mort/space/record.hpp"
#include "support/agent_simulation.hpp"

namespace mort::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

const std::vector<std::string> kAll = {"a", "b", "c"};

JobMaker pipeline(const std::string& name = "pipeline") {
  return JobMaker(name).task("Source", "a", {}, {"C1"}).task("Sink", "b", {"C1"}, {});
}

worker::Stats publishing(const std::string& topic, const std::string& task, double rate_hz,
                         std::uint64_t sent = 100) {
  worker::Stats stats;
  stats.published = {{topic, task, "demo::Piece", sent, sent * 12, 0, rate_hz}};
  return stats;
}

class AgentSubmit : public AgentSimulation {
 protected:
  Error refused(const std::string& node, const JobMaker& job, const std::string& user = "ann") {
    const auto id = try_submit(node, job, false, user);
    if (id) ADD_FAILURE() << "accepted as " << *id;
    return id ? Error{} : id.error();
  }
};

TEST_F(AgentSubmit, ASecondJobOfTheSameNameIsRefusedOnEveryNode) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  for (const std::string& node : kAll) {
    const Error error = refused(node, pipeline());
    EXPECT_EQ(error.code, ErrorCode::kInvalid);
    EXPECT_THAT(error.message, HasSubstr("already running as " + job));
    EXPECT_THAT(error.cure, HasSubstr("mort stop " + job));
  }
  ASSERT_TRUE(core("a").stop(job, "ann"));
  settle();
  EXPECT_NE(submit("b", pipeline()), job) << "after its end the name is free";
}

TEST_F(AgentSubmit, AGraphThatWasReadWithOtherParametersIsRefused) {
  fleet(kAll);
  JobMaker job = pipeline();
  job.manifest.graph.params["topic"] = "C1";
  job.manifest.job.params["topic"].value = "C2";
  const Error error = refused("a", job);
  EXPECT_EQ(error.code, ErrorCode::kInvalid);
  EXPECT_THAT(error.message, HasSubstr("topic=\"C1\", but the job says topic=\"C2\""));
  job.manifest.job.params["topic"].value = "C1";
  EXPECT_NE(submit("a", job), "");
}

TEST_F(AgentSubmit, ASecondPublisherOfATopicIsRefusedFromTheFirstMoment) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  const JobMaker other = JobMaker("other").task("Rival", "b", {}, {"C1"});
  for (int i = 0; i < 2; ++i) {
    const Error error = refused("b", other);
    EXPECT_EQ(error.code, ErrorCode::kInvalid);
    EXPECT_THAT(error.message,
                HasSubstr("topic C1 is already published by task Source of job " + job));
    EXPECT_EQ(error.where, "tasks.cpp:4:5");
    EXPECT_FALSE(error.cure.empty());
    if (i == 1) break;
    bring_up({"a", "b"}, job);  // the same once it runs and reports
    worker_of("a", job)->emit({Kind::kStats, {}, {}, {}, {}, publishing("C1", "Source", 50)});
    run(seconds(1));
  }
  ASSERT_TRUE(core("a").stop(job, "ann"));
  emit({"a", "b"}, job, Kind::kDone);
  run(seconds(1));
  EXPECT_TRUE(try_submit("b", other));
}

TEST_F(AgentSubmit, ATopicThatNobodyPublishesIsRefused) {
  fleet(kAll);
  const Error error = refused("a", JobMaker("reader").task("Reader", "a", {"sensors/1"}, {}));
  EXPECT_EQ(error.code, ErrorCode::kInvalid);
  EXPECT_THAT(error.message,
              HasSubstr("task Reader subscribes to topic \"sensors/1\", which nobody publishes"));
  EXPECT_EQ(error.where, "tasks.cpp:3:5");
  EXPECT_FALSE(error.cure.empty());
}

TEST_F(AgentSubmit, FeedbackMayComeLaterButMustFitThen) {
  fleet(kAll);
  JobMaker controller = JobMaker("controller").task("Controller", "a", {"measured"}, {"setpoint"});
  controller.manifest.graph.tasks[0].sub[0].feedback = true;
  const std::string job = submit("a", controller);
  JobMaker plant = JobMaker("plant").task("Plant", "b", {"setpoint"}, {"measured"});
  plant.manifest.graph.tasks[0].sub[0].feedback = true;
  JobMaker other = plant;
  other.manifest.graph.types.structs["demo::Other"] = {{{"number", "int64"}}};
  other.manifest.graph.tasks[0].pub[0].type = "demo::Other";
  const Error wrong = refused("b", other);
  EXPECT_EQ(wrong.code, ErrorCode::kInvalid);
  EXPECT_EQ(wrong.message, "task Plant publishes topic \"measured\", which job " + job +
                               " reads as demo::Piece, not as demo::Other");
  JobMaker lossy = plant;
  lossy.manifest.job.topics["measured"].reliability = graph::Reliability::kBestEffort;
  EXPECT_THAT(refused("b", lossy).message, HasSubstr("reads reliably, not as best_effort"));
  EXPECT_NE(submit("b", plant), "");
}

TEST_F(AgentSubmit, ATopicOfARunningJobIsReadThereAndItsTypeIsChecked) {
  fleet(kAll);
  const std::string sensors =
      submit("a", JobMaker("sensors").task("Sensor", "c", {}, {"sensors/1"}));
  bring_up({"c"}, sensors);
  worker_of("c", sensors)
      ->emit({Kind::kStats, {}, {}, {}, {}, publishing("sensors/1", "Sensor", 50)});
  run(seconds(1));
  const auto topics = json::parse(core("a").topics_json());
  ASSERT_EQ(topics.size(), 1U);
  EXPECT_EQ(topics[0]["topic"], "sensors/1");
  EXPECT_EQ(topics[0]["node"], "c");
  EXPECT_EQ(topics[0]["rate_bps"], 12 * 8 * 50);
  JobMaker reader = JobMaker("reader").task("Reader", "", {"sensors/1"}, {});
  JobMaker wrong = reader;
  wrong.manifest.graph.tasks[0].sub[0].type = "demo::Other";
  wrong.manifest.graph.types.structs["demo::Other"] = {{{"x", "double"}}};
  EXPECT_THAT(refused("a", wrong).message, HasSubstr("published as demo::Piece"));
  const std::string job = submit("a", reader);
  EXPECT_EQ(workers("c", job).size(), 1U) << "it is placed where its topic is";
}

TEST_F(AgentSubmit, ATopicOfAProgramThatIsNotMortsIsReadAndMustMatch) {
  fleet(kAll);
  bus::MemoryBus outside(network_, "outside");
  const auto writer_of = [&](const std::string& name, const std::string& type, bool reliable) {
    bus::Qos qos;
    qos.reliable = reliable;
    return *outside.create_writer({name, type}, qos, {}, {});
  };
  const JobMaker reader = JobMaker("reader").task("Reader", "", {"plant/level"}, {});
  EXPECT_THAT(refused("a", reader).message, HasSubstr("which nobody publishes"));

  auto wrong = writer_of("plant/level", "demo::Other", true);
  EXPECT_THAT(refused("a", reader).message, HasSubstr("published as demo::Other"));
  wrong = nullptr;

  auto best_effort = writer_of("plant/level", "demo::Piece", false);
  EXPECT_THAT(refused("a", reader).message, HasSubstr("offers best effort"));
  EXPECT_THAT(refused("a", reader).cure, HasSubstr("{plant/level: {reliability: best_effort}}"));
  best_effort = nullptr;

  const auto right = writer_of("plant/level", "demo::Piece", true);
  const auto topics = json::parse(core("b").topics_json());
  ASSERT_EQ(topics.size(), 1U) << "an agent's own topics are not listed";
  EXPECT_EQ(topics[0]["topic"], "plant/level");
  EXPECT_EQ(topics[0]["node"], "external");
  EXPECT_EQ(topics[0]["job"], "");
  const std::string job = submit("a", reader);
  const auto plan = core("a").running_plan_json(job);
  ASSERT_TRUE(plan);
  const json topic = json::parse(*plan)["topics"][0];
  EXPECT_EQ(topic["topic"], "plant/level");
  EXPECT_EQ(topic["remote_workers"], 1);
  EXPECT_EQ(topic["rate_source"], "assumed");

  // Its reader never finds it: another partition, say.
  run(std::chrono::seconds(61));
  EXPECT_EQ(state(job), "failed");
  EXPECT_THAT(reason(job), HasSubstr("read from outside the job: plant/level"));
}

TEST_F(AgentSubmit, ATopicOfARos2ProgramIsKnownByItsNamesOnTheWire) {
  fleet({"a"});
  bus::MemoryBus outside(network_, "outside");
  const auto writer = *outside.create_writer({"rt/level", "demo::msg::dds_::Piece_"}, {}, {}, {});
  JobMaker reader = JobMaker("reader").task("Reader", "", {"level"}, {});
  EXPECT_THAT(refused("a", reader).message, HasSubstr("which nobody publishes"));
  reader.manifest.job.topics["level"].ros2 = true;
  EXPECT_NE(submit("a", reader), "");
}

TEST_F(AgentSubmit, MoreCpuThanTheFleetHasIsInfeasible) {
  machine("a").cpu_millis = 2000;
  machine("b").cpu_millis = 3000;
  fleet({"a", "b"});
  EXPECT_EQ(refused("a", JobMaker("large").task("Large", "", {}, {"C1"}, 3001)).code,
            ErrorCode::kInfeasible);
  EXPECT_EQ(refused("a", JobMaker("pinned").task("Pinned", "a", {}, {"C1"}, 2001)).code,
            ErrorCode::kInfeasible);
  const Error unknown = refused("a", JobMaker("pinned").task("Pinned", "z", {}, {"C1"}));
  EXPECT_EQ(unknown.code, ErrorCode::kInfeasible);
  EXPECT_THAT(unknown.message, HasSubstr("pinned to node z, which is not in the fleet"));
  EXPECT_THAT(unknown.cure, HasSubstr("a (x86_64), b (x86_64)"));
}

TEST_F(AgentSubmit, WhatRunningJobsTakeIsNotOfferedTwice) {
  machine("a").cpu_millis = 3000;
  fleet({"a"});
  const std::string job = submit("a", JobMaker("first").task("One", "", {}, {"C1"}, 2000));
  EXPECT_EQ(json::parse(core("a").nodes_json())[0]["free_cpu"], 1.0);
  const JobMaker second = JobMaker("second").task("Two", "", {}, {"C2"}, 1500);
  EXPECT_EQ(refused("a", second).code, ErrorCode::kInfeasible);
  ASSERT_TRUE(core("a").stop(job, "ann"));
  settle();
  EXPECT_EQ(json::parse(core("a").nodes_json())[0]["free_cpu"], 3.0);
  EXPECT_TRUE(try_submit("a", second));
}

TEST_F(AgentSubmit, LabelsAndArchitecturesThatNoNodeHasAreInfeasible) {
  machine("b").labels = {{"camera", "yes"}};
  fleet(kAll);
  JobMaker labelled = JobMaker("labelled").task("Cam", "", {}, {"C1"});
  labelled.manifest.job.tasks["Cam"].labels = {{"camera", "no"}};
  EXPECT_EQ(refused("a", labelled).code, ErrorCode::kInfeasible);
  labelled.manifest.job.tasks["Cam"].labels = {{"camera", "yes"}};
  EXPECT_EQ(workers("b", submit("a", labelled)).size(), 1U);
  JobMaker foreign = JobMaker("foreign").task("Arm", "", {}, {"C2"});
  foreign.manifest.artifacts = {upload("a", library_, "library", "aarch64")};
  EXPECT_EQ(refused("a", foreign).code, ErrorCode::kInfeasible);
}

TEST_F(AgentSubmit, MalformedManifestsAndAlgorithmsAreRefused) {
  fleet({"a"});
  for (const std::string text : {"", "{}", "[1]", "{\"format\":\"mort-job-1\"}"}) {
    const auto answer = core("a").submit({text, "ann", false, gbto()});
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code, ErrorCode::kInvalid);
  }
  const JobMaker job = JobMaker("job").task("One", "", {}, {"C1"});
  JobMaker whole = job;
  whole.manifest.artifacts = {upload("a", library_, "library", "x86_64")};
  offload::Options unknown;
  unknown.algorithm = "guess";
  const auto answer = core("a").submit({graph::to_json(whole.manifest), "ann", false, unknown});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kInvalid);
}

TEST_F(AgentSubmit, APlanIsWhatSubmitWouldDoAndCommitsNothing) {
  fleet(kAll);
  JobMaker job = pipeline();
  job.manifest.artifacts = {upload("a", library_, "library", "x86_64")};
  const agent::SubmitRequest request{graph::to_json(job.manifest), "ann", true, gbto()};
  const auto plan = core("a").plan(request);
  ASSERT_TRUE(plan);
  json answer = json::parse(*plan);
  EXPECT_EQ(answer["assign"]["follow"], "a");
  EXPECT_EQ(answer["instance"]["format"], "mort-instance-1");
  EXPECT_EQ(answer["plan"]["format"], "mort-plan-1");
  run(seconds(1));
  EXPECT_EQ(core("b").jobs_json(), "[]");
  answer.erase("instance");  // a record keeps what was decided, not what from
  answer.erase("plan");
  EXPECT_EQ(json::parse(core("a").submit(request)->plan), answer);
}

TEST_F(AgentSubmit, APolicyDeniesSubmitAndTopicsOfTasks) {
  fleet(kAll);
  ASSERT_TRUE(core("b").set_policy(R"(
rules:
  - allow: {users: [ann], actions: [submit]}
  - allow: {users: [ann], actions: [publish, subscribe], topics: ["C*"]}
  - forbid: {tasks: [Spy]}
)",
                                   "root"));
  settle();
  EXPECT_EQ(core("a").policy(), core("b").policy());
  const Error eve = refused("a", pipeline(), "eve");
  EXPECT_EQ(eve.code, ErrorCode::kDenied);
  EXPECT_THAT(eve.message, HasSubstr("user eve may not submit job pipeline"));
  const Error spy = refused("c", pipeline().task("Spy", "c", {"C1"}, {}));
  EXPECT_EQ(spy.code, ErrorCode::kDenied);
  EXPECT_THAT(spy.message, HasSubstr("subscribe to topic C1 in task Spy"));
  const Error secret = refused("c", pipeline().task("More", "c", {}, {"secret"}));
  EXPECT_EQ(secret.code, ErrorCode::kDenied);
  EXPECT_EQ(core("a").jobs_json(), "[]");
  EXPECT_TRUE(try_submit("c", pipeline()));
  ASSERT_TRUE(core("a").set_policy("", "root"));
  settle();
  EXPECT_TRUE(try_submit("c", JobMaker("eves").task("Eve", "", {}, {"secret"}), false, "eve"));
}

TEST_F(AgentSubmit, OnlyWhoMayChangesThePolicyOrStopsAJobOfSomeoneElse) {
  fleet(kAll);
  ASSERT_TRUE(
      core("a").set_policy("rules:\n- allow: {actions: [submit, publish, subscribe]}\n- allow: "
                           "{users: [bob], actions: [stop]}\n",
                           "root"));
  settle();
  const std::string job = submit("a", pipeline());
  for (const char* user : {"ann", "bob"}) {
    const auto changed = core("b").set_policy("", user);
    ASSERT_FALSE(changed) << user;
    EXPECT_EQ(changed.error().code, ErrorCode::kDenied);
  }
  const auto stopped = core("b").stop(job, "eve");
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kDenied);
  EXPECT_TRUE(core("b").stop(job, "bob"));
  settle();
  const std::string second = submit("a", pipeline());
  EXPECT_TRUE(core("b").stop(second, "ann")) << "her own";
}

TEST_F(AgentSubmit, AMalformedPolicyIsRefusedAndTheOldOneStays) {
  fleet({"a"});
  ASSERT_TRUE(core("a").set_policy("rules: []", "root"));
  const auto refused_policy = core("a").set_policy("rules:\n  - alow: {}\n", "root");
  ASSERT_FALSE(refused_policy);
  EXPECT_EQ(refused_policy.error().where, "policy:2:5");
  EXPECT_EQ(core("a").policy(), "rules: []");
}

TEST_F(AgentSubmit, APolicyThatChangesInMidRunIsSentToTheWorkersItConcerns) {
  machine("b").labels = {{"zone", "hall"}};
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  bring_up({"a", "b"}, job);
  ASSERT_TRUE(core("c").set_policy(
      "rules:\n- allow: {}\n- forbid: {actions: [subscribe], nodes: {zone: hall}}\n", "root"));
  settle();
  EXPECT_EQ(worker_of("a", job)->received(Order::kRights), 0);
  ASSERT_EQ(worker_of("b", job)->received(Order::kRights), 1);
  EXPECT_EQ(worker_of("b", job)->commands.back().denied,
            (std::set<worker::Denial>{{"Sink", "C1", false}}));
  EXPECT_THAT(log_of(job, "c"), HasSubstr("b Sink: has lost the right to subscribe to topic C1"));
  worker_of("b", job)->exit("was killed by signal 9");
  run(seconds(1));
  EXPECT_EQ(worker_of("b", job)->config.denied.size(), 1U)
      << "a new worker knows it from the start";
  ASSERT_TRUE(core("a").set_policy("", "root"));
  settle();
  EXPECT_TRUE(worker_of("b", job)->commands.back().denied.empty());
}

TEST_F(AgentSubmit, FollowGivesTheResultsToTheSubmittersView) {
  fleet(kAll);
  const std::string job = submit("c", JobMaker("results").task("Source", "a", {}, {"C1"}), true);
  EXPECT_EQ(worker_of("c", job)->config.assign.at("follow"), "c");
  bring_up({"a", "c"}, job);
  worker_of("c", job)->emit({Kind::kResult, "follow", "C1", {}, "{\"number\":5}", {}});
  EXPECT_EQ(json::parse(*core("c").job_json(job))["results"]["C1"]["number"], 5);
}

TEST_F(AgentSubmit, EveryViewParsesInEveryState) {
  fleet(kAll);
  const auto all_parse = [&] {
    for (const std::string& node : kAll) {
      const auto& agent = core(node);
      for (const std::string& text :
           {agent.nodes_json(), agent.jobs_json(), agent.tasks_json(), agent.topics_json()}) {
        EXPECT_TRUE(json::accept(text)) << text;
      }
      for (const json& row : json::parse(agent.jobs_json())) {
        EXPECT_TRUE(json::accept(*agent.job_json(row["job"])));
        EXPECT_TRUE(json::accept(*agent.logs_json(row["job"], 0)));
        EXPECT_TRUE(json::accept(*agent.logs_json(row["job"], 1'000'000)));
      }
    }
  };
  all_parse();
  const std::string job = submit("a", pipeline(), true);
  all_parse();
  bring_up({"a", "b"}, job);
  auto stats = publishing("C1", "Source", 50);
  stats.subscribed = {{"C1", "Sink", 100, 98, 2, {}}};
  stats.received = {{"C1", 98, 5, 6, 0, 0, {{0, 0, 0}}}};
  stats.tasks = {{"Source", "running", 0.5, 50, 1}};
  worker_of("a", job)->emit({Kind::kStats, {}, {}, {}, {}, stats});
  worker_of("a", job)->task("Source", "failed", "bytes \xff\xfe \"quoted\"\n");
  worker_of("a", job)->emit({Kind::kResult, "follow", "C1", {}, "{not json", {}});
  worker_of("a", job)->callbacks.on_output("binary \x80\x01 output");
  settle();
  all_parse();
  const json view = json::parse(*core("a").job_json(job));
  EXPECT_EQ(view["topics"][0]["lost"], 2);
  EXPECT_EQ(view["topics"][0]["sent"], 100);
  EXPECT_EQ(view["topics"][0]["paths"]["network"], 6);
  EXPECT_EQ(view["tasks"][0]["state"], "waiting");
  emit({"a", "b"}, job, Kind::kDone);
  all_parse();
  EXPECT_FALSE(core("a").job_json("nothing"));
  EXPECT_FALSE(core("a").logs_json("nothing", 0));
}

TEST_F(AgentSubmit, TheSameRequestIsTheSameJobAlsoAfterARestart) {
  fleet(kAll);
  JobMaker job("once");
  job.task("S", "a", {}, {"t"}).task("R", "b", {"t"}, {});
  job.manifest.artifacts = {upload("a", library_, "library", "x86_64")};
  agent::SubmitRequest request{graph::to_json(job.manifest), "ann", false, gbto()};
  request.request = "7f3a";
  const auto first = core("a").submit(request);
  ASSERT_TRUE(first) << to_string(first.error());
  const auto again = core("a").submit(request);
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(again->job, first->job);
  EXPECT_EQ(again->number, first->number);
  run(seconds(2));
  end_agent("a");
  start_agent("a");
  run(seconds(2));
  EXPECT_EQ(core("a").submit(request)->job, first->job);
  EXPECT_EQ(core("b").submit(request)->job, first->job);  // at any agent
  request.user = "bob";                                   // of another user it is another request
  EXPECT_FALSE(core("a").submit(request));                // and the name is taken
}

TEST_F(AgentSubmit, RecordsThatAreNotWellFormedArePassedOver) {
  fleet(kAll);
  bus::MemoryBus stranger(network_, "stranger");
  bus::Qos qos;
  qos.keep_all = true;
  auto commands =
      stranger.create_writer({"mort/cmd", message_type<space::Envelope>().name}, qos, {}, {});
  std::uint64_t seq = 0;
  const auto say = [&](const std::string& key, const std::string& body) {
    space::Record record;
    record.space = space::kCmd;
    record.key = key;
    record.author = "stranger.1";
    record.author_seq = ++seq;
    record.body = body;
    (*commands)->write(space::encode(*space::seal(std::move(record))));
  };
  const json good = {
      {"job", "x-1"},           {"name", "x"},      {"owner", "a"},        {"user", "eve"},
      {"submitted_ms", 1},      {"manifest", "{}"}, {"plan", "<no json>"}, {"assign", {{"T", "a"}}},
      {"lanes", json::object()}};
  say("job//submit", "{}");
  say("job/x-1/submit", good.dump());
  say("job/x-2/submit", good.dump());  // of another job
  say("job/x-3/submit", "garbage");
  say("job/x-1/epoch", "[]");
  say("job/x-1/start", "{\"epoch\":\"one\"}");
  say("node/b", "{}");
  run(seconds(3));
  for (const std::string& node : kAll) {
    EXPECT_EQ(json::parse(core(node).jobs_json()).size(), 1U);
    EXPECT_TRUE(json::accept(*core(node).job_json("x-1"))) << *core(node).job_json("x-1");
    EXPECT_TRUE(json::accept(core(node).tasks_json()));
    EXPECT_TRUE(machine(node).launcher.workers.empty());
  }
  EXPECT_TRUE(try_submit("a", pipeline())) << "the fleet goes on";
}

/// A day in the life of a fleet: loss on the network, jobs, crashes, an agent that restarts.
class Day : public AgentSimulation {
 public:
  void TestBody() override {}
  /// Gives the hash of everything that the launchers saw, and when.
  std::string hash(unsigned seed) {
    std::mt19937 random(seed);
    network_.set_filter([&](const bus::TopicSpec&, const std::string&, const std::string&,
                            std::vector<std::uint8_t>&) { return random() % 5 != 0; });
    for (const std::string& node : kAll) start_agent(node);
    run(seconds(20));
    for (int round = 0; round < 3; ++round) {
      const auto job = try_submit(kAll[random() % 3], pipeline());
      EXPECT_TRUE(job) << to_string(job.error());
      if (!job) break;
      run(seconds(40));
      emit({"a", "b"}, *job, Kind::kReady);
      run(seconds(20));
      worker_of(random() % 2 == 0 ? "a" : "b", *job)->exit("was killed by signal 9");
      run(seconds(20));
      if (round == 1) {
        end_agent("b");
        start_agent("b");
        run(seconds(20));
      }
      emit({"a", "b"}, *job, Kind::kReady);
      run(seconds(20));
      emit({"a", "b"}, *job, Kind::kDone);
      run(seconds(20));
      for (const std::string& node : kAll)
        EXPECT_EQ(state(*job, node), "completed") << "seed " << seed << " round " << round;
    }
    for (std::size_t at = 0; (at = trace_.find(folder_.path())) != std::string::npos;)
      trace_.erase(at, folder_.path().size());
    return sha256_hex(trace_);
  }
};

TEST(AgentReplay, ADayOfAFleetIsTheSameForTheSameSeed) {
  const std::string first = Day().hash(1);
  EXPECT_EQ(Day().hash(1), first);
  EXPECT_NE(Day().hash(2), first);
}

}  // namespace
}  // namespace mort::simulation
