// The typed state of a fleet, built change by change.
#include "fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <sstream>

namespace mort::agent {
namespace {

using testing::ElementsAre;

/// A job of one task a topic, each on the node given.
graph::Manifest manifest(const std::string& name,
                         const std::map<std::string, std::string>& topics) {
  graph::Manifest made;
  made.job.name = name;
  made.job.file = "job.yaml";
  made.graph.types.structs["demo::Piece"] = {{{"number", "int64"}}};
  for (const auto& [topic, node] : topics) {
    graph::TaskDecl task;
    task.name = name + "_" + topic;
    task.pub.push_back({topic, "demo::Piece", {"tasks.cpp", 4, 5}});
    made.graph.tasks.push_back(task);
    made.job.tasks[task.name].cpu_millis = 500;
  }
  return made;
}

space::RecordPtr record(const std::string& space, const std::string& key, std::string body,
                        std::uint64_t wall_ms = 1) {
  space::Record made;
  made.space = space;
  made.key = key;
  made.author = "a.1";
  made.author_seq = 1;
  made.stamp = {wall_ms, 0};
  made.body = std::move(body);
  return space::seal(std::move(made));
}

space::RecordPtr submission(const std::string& id, const std::string& name, std::uint64_t wall_ms,
                            const std::map<std::string, std::string>& topics) {
  SubmitRecord submit;
  submit.job = id;
  submit.name = name;
  submit.owner = "a";
  submit.user = "ann";
  submit.manifest = graph::to_json(manifest(name, topics));
  submit.plan = "{}";
  for (const auto& [topic, node] : topics) submit.assign[name + "_" + topic] = node;
  return record(space::kCmd, submit_key(id), to_json(submit), wall_ms);
}

void says(Fleet& fleet, const space::RecordPtr& record) {
  fleet.apply(record->space, record->key, record);
}
void gone(Fleet& fleet, const space::RecordPtr& record) {
  fleet.apply(record->space, record->key, nullptr);
}

space::RecordPtr node(const std::string& id, std::map<std::string, std::string> labels = {}) {
  return record(space::kState, node_key(id),
                to_json(NodeInfo{id, "x86_64", 4000, 4000, 0, std::move(labels)}));
}

std::string ids(const std::vector<const Job*>& jobs) {
  std::string text;
  for (const Job* job : jobs) text += job->view.submit.job + " ";
  return text;
}

TEST(Fleet, JobsAreInTheOrderOfTheirCommitsWhateverTheClocksOfTheirRecords) {
  Fleet fleet;
  says(fleet, submission("y-2", "y", 30, {{"t2", "a"}}));
  says(fleet, submission("x-1", "x", 10, {{"t1", "a"}}));
  says(fleet, submission("x-9", "x", 40, {{"t3", "b"}}));
  EXPECT_EQ(ids(fleet.jobs()), "x-1 y-2 x-9 ");
  EXPECT_EQ(fleet.find("x")->view.submit.job, "x-9");  // the latest of the name
  EXPECT_EQ(fleet.find("x-1")->view.submit.job, "x-1");
  EXPECT_EQ(fleet.find("z"), nullptr);
  EXPECT_EQ(ids(fleet.jobs_named("x")), "x-1 x-9 ");
}

TEST(Fleet, TellsWhichJobsHaveChangedOnce) {
  Fleet fleet;
  says(fleet, submission("x-1", "x", 10, {{"t1", "a"}}));
  says(fleet, submission("y-2", "y", 20, {{"t2", "a"}}));
  EXPECT_THAT(fleet.take_changed_jobs(), ElementsAre("x-1", "y-2"));
  EXPECT_FALSE(fleet.has_changes());
  says(fleet, record(space::kCmd, start_key("x-1"), epoch_to_json(1)));
  EXPECT_THAT(fleet.take_changed_jobs(), ElementsAre("x-1"));
  EXPECT_TRUE(fleet.job("x-1")->view.started);
  WorkerRecord worker;
  worker.job = "y-2";
  worker.node = "a";
  worker.epoch = 1;
  says(fleet, record(space::kState, worker_key("y-2", "a"), to_json(worker)));
  EXPECT_THAT(fleet.take_changed_jobs(), ElementsAre("y-2"));
  EXPECT_EQ(fleet.workers(fleet.job("y-2")->view).size(), 1U);
  says(fleet, record(space::kCmd, epoch_key("y-2"), epoch_to_json(2)));
  EXPECT_TRUE(fleet.workers(fleet.job("y-2")->view).empty());  // of an earlier epoch
}

TEST(Fleet, ANodeThatComesOrGoesConcernsEveryLiveJob) {
  Fleet fleet;
  says(fleet, submission("x-1", "x", 10, {{"t1", "a"}}));
  says(fleet, submission("y-2", "y", 20, {{"t2", "a"}}));
  says(fleet, record(space::kCmd, end_key("y-2"), to_json(EndRecord{kStopped, "", 1})));
  fleet.take_changed_jobs();
  says(fleet, node("a"));
  EXPECT_THAT(fleet.take_changed_jobs(), ElementsAre("x-1"));
  says(fleet, node("a"));  // it is still there
  EXPECT_TRUE(fleet.take_changed_jobs().empty());
  gone(fleet, node("a"));
  EXPECT_THAT(fleet.take_changed_jobs(), ElementsAre("x-1"));
  EXPECT_FALSE(fleet.is_alive("a"));
}

TEST(Fleet, LiveJobsTakeWhatTheirTasksNeedAndEndedOnesNothing) {
  Fleet fleet;
  says(fleet, node("a"));
  says(fleet, submission("x-1", "x", 10, {{"t1", "a"}, {"t2", "a"}}));
  EXPECT_EQ(fleet.nodes()[0].free_cpu_millis, 3000);
  says(fleet, record(space::kCmd, end_key("x-1"), to_json(EndRecord{kCompleted, "", 1})));
  EXPECT_EQ(fleet.nodes()[0].free_cpu_millis, 4000);
  EXPECT_TRUE(fleet.topics().empty());
  ASSERT_NE(manifest_of(*fleet.job("x-1")), nullptr);  // for those who look at it later
  EXPECT_EQ(manifest_of(*fleet.job("x-1"))->graph.tasks.size(), 2U);
}

TEST(Fleet, TheLaterOfTwoThatWantOneNameOrTopicHasARival) {
  Fleet fleet;
  says(fleet, submission("x-2", "x", 20, {{"t2", "a"}}));
  says(fleet, submission("z-3", "z", 30, {{"t1", "a"}}));
  EXPECT_FALSE(fleet.rival_of(*fleet.job("x-2")));
  fleet.take_changed_jobs();
  says(fleet, submission("x-1", "x", 10, {{"t1", "b"}}));  // committed first, heard last
  EXPECT_THAT(fleet.take_changed_jobs(), ElementsAre("x-1", "x-2", "z-3"));
  EXPECT_FALSE(fleet.rival_of(*fleet.job("x-1")));
  EXPECT_EQ(fleet.rival_of(*fleet.job("x-2"))->over, "the name x");
  EXPECT_EQ(fleet.rival_of(*fleet.job("z-3"))->over, "topic t1");
  EXPECT_EQ(fleet.rival_of(*fleet.job("z-3"))->job->view.submit.job, "x-1");
  says(fleet, record(space::kCmd, end_key("x-1"), to_json(EndRecord{kStopped, "", 1})));
  EXPECT_FALSE(fleet.rival_of(*fleet.job("x-2")));
  EXPECT_FALSE(fleet.rival_of(*fleet.job("z-3")));
}

TEST(Fleet, RightsChangeWithThePolicyAndTheLabelsOfNodesAlone) {
  Fleet fleet;
  fleet.take_changed_rights();
  says(fleet, node("a", {{"zone", "lab"}}));
  EXPECT_TRUE(fleet.take_changed_rights());
  says(fleet, node("a", {{"zone", "lab"}}));
  EXPECT_FALSE(fleet.take_changed_rights());
  says(fleet, node("a", {{"zone", "roof"}}));
  EXPECT_TRUE(fleet.take_changed_rights());
  const access::Request request{"ann", access::Action::kSubmit, "x", {}, {}, {}};
  EXPECT_TRUE(fleet.decide(request).allowed);
  const auto policy = record(space::kRight, kPolicyKey, "rules: [{allow: {users: [bob]}}]");
  says(fleet, policy);
  EXPECT_TRUE(fleet.take_changed_rights());
  EXPECT_FALSE(fleet.decide(request).allowed);
  says(fleet, record(space::kRight, kPolicyKey, "rules: 5"));
  EXPECT_FALSE(fleet.decide(request).allowed);  // what cannot be read allows nothing
  gone(fleet, policy);
  EXPECT_TRUE(fleet.decide(request).allowed);
}

TEST(Fleet, WhatIsNoRecordOfMortsIsPassedOver) {
  Fleet fleet;
  for (const char* key : {"job//submit", "job/x", "job/", "worker/", "worker/x", "node/", "topic/",
                          "job/x/other", "else", ""}) {
    for (const char* space : {space::kCmd, space::kState, space::kRight})
      says(fleet, record(space, key, "[]"));
  }
  EXPECT_TRUE(fleet.jobs().empty());
  EXPECT_TRUE(fleet.alive().empty());
}

/// All that can be seen of it.
std::string describe(const Fleet& fleet) {
  std::ostringstream text;
  for (const Job* job : fleet.jobs()) {
    text << job->view.submit.job << ' ' << state_of(job->view) << ' ' << job->view.epoch;
    const auto rival = fleet.rival_of(*job);
    if (!job->view.end && rival) text << " rival " << rival->over;
    for (const auto& [node, worker] : fleet.workers(job->view))
      text << ' ' << node << '=' << to_string(worker.phase);
    text << '\n';
  }
  for (const NodeInfo& one : fleet.nodes()) text << one.id << ' ' << one.free_cpu_millis << '\n';
  for (const TopicRecord& topic : fleet.topics()) text << topic.topic << ' ' << topic.job << '\n';
  text << ids(fleet.live_jobs()) << fleet.policy_text();
  return text.str();
}

TEST(Fleet, IsTheSameInWhateverOrderTheChangesCame) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 300; ++round) {
    std::vector<space::RecordPtr> last;  // the last word of each key
    Fleet fleet;
    for (int step = 0; step < 40; ++step) {
      const std::string name(1, static_cast<char>('x' + random() % 3));
      const std::string id = name + "-" + std::to_string(random() % 3);
      space::RecordPtr made;
      switch (random() % 8) {
        case 0:
        case 1:
          made = submission(id, name, 10 * (id.back() - '0') + random() % 2,
                            {{"t" + std::to_string(random() % 4), random() % 2 ? "a" : "b"}});
          break;
        case 2:
          made = record(space::kCmd, start_key(id), epoch_to_json(1 + random() % 2));
          break;
        case 3:
          made = record(space::kCmd, epoch_key(id), epoch_to_json(1 + random() % 2));
          break;
        case 4:
          made = record(space::kCmd, random() % 2 ? end_key(id) : stop_key(id),
                        to_json(EndRecord{kFailed, "", 1}));
          break;
        case 5: {
          WorkerRecord worker;
          worker.job = id;
          worker.node = random() % 2 ? "a" : "b";
          worker.epoch = 1 + random() % 2;
          worker.phase = static_cast<Phase>(random() % 7);
          made = record(space::kState, worker_key(id, worker.node), to_json(worker));
          break;
        }
        case 6:
          made = node(random() % 2 ? "a" : "b");
          break;
        default:
          made = record(space::kRight, kPolicyKey, "rules: []");
      }
      const bool ends = random() % 5 == 0;
      fleet.apply(made->space, made->key, ends ? nullptr : made);
      std::erase_if(last, [&](const auto& other) { return other->key == made->key; });
      if (!ends) last.push_back(made);
    }
    std::shuffle(last.begin(), last.end(), random);
    Fleet fresh;
    for (const auto& one : last) says(fresh, one);
    ASSERT_EQ(describe(fleet), describe(fresh)) << round;
  }
}

}  // namespace
}  // namespace mort::agent
