// Fleets that a file describes: what agents print is read; anything else is refused with its place.
#include <gmock/gmock.h>

#include "mort/agent/placement.hpp"

namespace mort::agent {
namespace {

using testing::HasSubstr;

Result<Surroundings> read(const std::string& text) {
  return surroundings_from_json(text, "fleet.json");
}

TEST(DescribedFleet, ReadsWhatListingsOfNodesAndTopicsPrint) {
  const auto fleet = read(R"({
    "nodes": [{"node": "a", "arch": "aarch64", "cpu": 4.0, "free_cpu": 2.5, "utilization": 0.25,
               "memory": 1000, "free_memory": 400, "takes_tasks": true, "labels": {"zone": ""}},
              {"node": "b", "cpu": 0.5, "takes_tasks": false, "memory": null}],
    "topics": [{"topic": "t", "type": "T", "node": "b", "rate_bps": 1000.4, "rate_source": "measured",
                "job": "j", "task": "T", "rate_hz": 2}]})");
  ASSERT_TRUE(fleet) << to_string(fleet.error());
  ASSERT_EQ(fleet->nodes.size(), 2U);
  const NodeInfo& a = fleet->nodes[0];
  EXPECT_EQ(a.id, "a");
  EXPECT_EQ(a.arch, "aarch64");
  EXPECT_EQ(a.cpu_millis, 4000);
  EXPECT_EQ(a.free_cpu_millis, 2500);
  EXPECT_EQ(a.utilization, 0.25);
  EXPECT_EQ(a.memory, 1000);
  EXPECT_EQ(a.free_memory, 400);
  EXPECT_EQ(a.labels.at("zone"), "");
  EXPECT_TRUE(a.takes_tasks);
  const NodeInfo& b = fleet->nodes[1];
  EXPECT_EQ(b.free_cpu_millis, 500);  // all of it, where the file does not say
  EXPECT_FALSE(b.takes_tasks);
  EXPECT_FALSE(b.memory);
  ASSERT_EQ(fleet->published.size(), 1U);
  EXPECT_EQ(fleet->published[0].rate.bps, 1000);
  EXPECT_EQ(fleet->published[0].rate.source, RateSource::kMeasured);
}

TEST(DescribedFleet, ReadsABareListOfNodes) {
  const auto fleet = read(R"([{"node": "a", "cpu": 1}])");
  ASSERT_TRUE(fleet);
  EXPECT_EQ(fleet->nodes.size(), 1U);
  EXPECT_TRUE(fleet->published.empty());
}

struct Fault {
  const char* name;
  const char* text;
  const char* place;
  const char* cause;
};

class DescribedFleetRefuses : public testing::TestWithParam<Fault> {};

TEST_P(DescribedFleetRefuses, WithPlaceCauseAndCure) {
  const auto fleet = read(GetParam().text);
  ASSERT_FALSE(fleet);
  EXPECT_EQ(fleet.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(fleet.error().where, GetParam().place);
  EXPECT_THAT(fleet.error().message, HasSubstr(GetParam().cause));
  EXPECT_NE(fleet.error().cure, "");
}

TEST(DescribedFleet, TopicsOfOtherProgramsNeedNoNode) {
  const auto fleet = read(R"({"nodes": [{"node": "a", "cpu": 1}], "topics": [
      {"topic": "t", "type": "T", "node": "external", "rate_bps": 0, "reliable": false}]})");
  ASSERT_TRUE(fleet) << to_string(fleet.error());
  ASSERT_EQ(fleet->published.size(), 1U);
  EXPECT_EQ(fleet->published[0].node, kExternalNode);
  EXPECT_FALSE(fleet->published[0].reliable);
}

#define NODE(members) "[{\"node\": \"a\", \"cpu\": 1, " members "}]"
#define TOPIC(members) \
  "{\"nodes\": [{\"node\": \"a\", \"cpu\": 1}], \"topics\": [{\"topic\": \"t\", " members "}]}"

INSTANTIATE_TEST_SUITE_P(
    All, DescribedFleetRefuses,
    testing::Values(
        Fault{"Nothing", "", "fleet.json", "not JSON"},
        Fault{"ATruncatedFile", R"([{"node": "a", "cp)", "fleet.json", "not JSON"},
        Fault{"ANumber", "5", "fleet.json:/nodes", "there are no nodes"},
        Fault{"AnEmptyList", "[]", "fleet.json", "there are no nodes"},
        Fault{"NodesThatAreNoList", R"({"nodes": {}})", "fleet.json:/nodes", "expected a list"},
        Fault{"TopicsThatAreNoList", R"({"nodes": [], "topics": 1})", "fleet.json:/topics",
              "expected a list"},
        Fault{"ANodeThatIsNoObject", "[1]", "fleet.json:/0", "expected an object"},
        Fault{"ANodeWithoutAName", R"([{"cpu": 1}])", "fleet.json:/0/node", "is missing"},
        Fault{"AnEmptyName", R"([{"node": "", "cpu": 1}])", "fleet.json:/0/node", "1 to 200"},
        Fault{"AControlCharacter", R"([{"node": "a\u001b[2J", "cpu": 1}])", "fleet.json:/0/node",
              "control character"},
        Fault{"NoCpu", R"([{"node": "a"}])", "fleet.json:/0/cpu", "is missing"},
        Fault{"NullCpu", R"([{"node": "a", "cpu": null}])", "fleet.json:/0/cpu", "a number"},
        Fault{"NegativeCpu", R"([{"node": "a", "cpu": -1}])", "fleet.json:/0/cpu", "from 0"},
        Fault{"HugeCpu", R"([{"node": "a", "cpu": 1e300}])", "fleet.json:/0/cpu", "to 1000000"},
        Fault{"CpuAsText", R"([{"node": "a", "cpu": "4"}])", "fleet.json:/0/cpu", "a number"},
        Fault{"MoreFreeThanThereIs", NODE("\"free_cpu\": 2"), "fleet.json:/0/free_cpu",
              "more than"},
        Fault{"MoreMemoryFreeThanThereIs", NODE("\"memory\": 1, \"free_memory\": 2"),
              "fleet.json:/0/free_memory", "more than"},
        Fault{"HugeMemory", NODE("\"memory\": 1e15"), "fleet.json:/0/memory", "70368744177664"},
        Fault{"UtilizationAboveOne", NODE("\"utilization\": 2"), "fleet.json:/0/utilization",
              "from 0 to 1"},
        Fault{"ALabelThatIsNoText", NODE("\"labels\": {\"k\": 1}"), "fleet.json:/0/labels",
              "texts"},
        Fault{"AFlagThatIsNone", NODE("\"takes_tasks\": 1"), "fleet.json:/0/takes_tasks",
              "true or false"},
        Fault{"ANodeTwice", R"([{"node": "a", "cpu": 1}, {"node": "a", "cpu": 2}])",
              "fleet.json:/1", "described twice"},
        Fault{"TheNodeOfOtherPrograms", R"([{"node": "external", "cpu": 1}])", "fleet.json:/0",
              "not Mort's"},
        Fault{"ATopicWithoutARate", TOPIC(R"("type": "T", "node": "a")"),
              "fleet.json:/topics/0/rate_bps", "is missing"},
        Fault{"ANegativeRate", TOPIC(R"("type": "T", "node": "a", "rate_bps": -1)"),
              "fleet.json:/topics/0/rate_bps", "from 0"},
        Fault{"AnUnknownSourceOfARate",
              TOPIC(R"("type": "T", "node": "a", "rate_bps": 1, "rate_source": "guessed")"),
              "fleet.json:/topics/0/rate_source", "measured"},
        Fault{"ATopicOnANodeThatIsNotThere", TOPIC(R"("type": "T", "node": "b", "rate_bps": 1)"),
              "fleet.json:/topics/0/node", "not described"}),
    [](const auto& fault) { return std::string(fault.param.name); });

}  // namespace
}  // namespace mort::agent
