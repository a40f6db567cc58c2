#include "mort/worker/topic_qos.hpp"

#include <gtest/gtest.h>

namespace mort::worker {
namespace {

/// Topics "small" and "large" of fixed size, and "text" of none.
graph::Manifest manifest() {
  graph::Manifest manifest;
  manifest.graph.types.structs["Small"] = {{{"value", "int64"}}};
  manifest.graph.types.structs["Large"] = {{{"bytes", "array<uint8,100000>"}}};
  manifest.graph.types.structs["Text"] = {{{"text", "string"}}};
  graph::TaskDecl task;
  task.name = "Task";
  task.pub = {{"small", "Small", {}}, {"large", "Large", {}}, {"text", "Text", {}}};
  manifest.graph.tasks = {task};
  return manifest;
}

TEST(TopicQos, ADepthThatTheJobDoesNotGiveIsThatOfTheKindOfData) {
  graph::Manifest job = manifest();
  EXPECT_EQ(qos_of(job, "small").depth, 10);
  EXPECT_EQ(qos_of(job, "large").depth, 4);
  EXPECT_EQ(qos_of(job, "text").depth, 10);
  job.job.topics["text"].bytes = 70'000;
  EXPECT_EQ(qos_of(job, "text").depth, 4) << "large by what is expected";
  job.job.topics["small"].reliability = graph::Reliability::kBestEffort;
  EXPECT_EQ(qos_of(job, "small").depth, 5);
}

TEST(TopicQos, ADepthThatTheJobGivesWins) {
  graph::Manifest job = manifest();
  for (const char* topic : {"small", "large", "text"}) {
    graph::TopicSettings& settings = job.job.topics[topic];
    settings.depth = 10;
    settings.depth_given = true;
  }
  job.job.topics["small"].reliability = graph::Reliability::kBestEffort;
  for (const char* topic : {"small", "large", "text"}) EXPECT_EQ(qos_of(job, topic).depth, 10);
}

TEST(TopicQos, TheLargestPayloadIsThatOfTheTypeOrElseThatOfTheJob) {
  graph::Manifest job = manifest();
  EXPECT_EQ(qos_of(job, "text").max_payload, 0U);
  for (const char* topic : {"small", "text"}) job.job.topics[topic].max_bytes = 70'000;
  EXPECT_EQ(qos_of(job, "small").max_payload, 12U);
  EXPECT_EQ(qos_of(job, "text").max_payload, 70'000U);
  EXPECT_FALSE(qos_of(job, "text").bulk) << "most messages may be small";
}

}  // namespace
}  // namespace mort::worker
