#include "mort/access/policy.hpp"

#include <fnmatch.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace mort::access {
namespace {

using testing::HasSubstr;

Policy parsed(const std::string& text) {
  auto policy = Policy::parse(text, "policy.yaml");
  EXPECT_TRUE(policy) << (policy ? "" : to_string(policy.error()));
  return policy ? std::move(*policy) : Policy();
}

Request submit(const std::string& user, const std::string& job = "statistics") {
  return {user, Action::kSubmit, job, {}, {}, {}};
}
Request publish(const std::string& user, const std::string& task, const std::string& topic,
                std::map<std::string, std::string> labels = {}) {
  return {user, Action::kPublish, "statistics", task, topic, std::move(labels)};
}
Request subscribe(const std::string& user, const std::string& task, const std::string& topic,
                  std::map<std::string, std::string> labels = {}) {
  return {user, Action::kSubscribe, "statistics", task, topic, std::move(labels)};
}

TEST(Policy, DecidesByEveryConditionOfARule) {
  const Policy policy = parsed(R"(
rules:
  - allow: {users: [ann], actions: [submit]}
  - allow: {users: [ann], actions: [publish], tasks: ["F*"], topics: [C3, "cam/*"], nodes: {zone: lab}}
  - allow: {users: ["b*"], actions: [subscribe]}
)");
  const std::map<std::string, std::string> lab = {{"zone", "lab"}, {"floor", "2"}};
  struct Case {
    Request request;
    bool allowed;
  };
  const std::vector<Case> table = {
      {submit("ann"), true},
      {submit("bob"), false},
      {submit("anna"), false},
      {publish("ann", "F1", "C3", lab), true},
      {publish("ann", "F1", "cam/left/raw", lab), true},
      {publish("bob", "F1", "C3", lab), false},
      {publish("ann", "Raw", "C3", lab), false},
      {publish("ann", "F1", "C4", lab), false},
      {publish("ann", "F1", "C3", {{"zone", "public"}}), false},
      {publish("ann", "F1", "C3"), false},
      {subscribe("ann", "F1", "C3", lab), false},
      {subscribe("bob", "anything", "at/all"), true},
      {subscribe("rob", "anything", "at/all"), false},
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(policy.decide(table[i].request).allowed, table[i].allowed) << "row " << i;
  }
}

TEST(Policy, WhatNoRuleAllowsIsDenied) {
  const Policy policy = parsed("rules: []");
  EXPECT_FALSE(policy.decide(submit("root")).allowed);
  EXPECT_THAT(policy.decide(submit("ann", "j")).reason,
              HasSubstr("user ann may not submit job j: no rule allows it"));
  EXPECT_THAT(policy.decide(publish("ann", "F1", "C3")).reason,
              HasSubstr("publish topic C3 in task F1"));
}

TEST(Policy, AForbidBeatsAnAllowWhereverItStands) {
  for (const char* text : {"rules:\n- allow: {}\n- forbid: {topics: [secret]}\n",
                           "rules:\n- forbid: {topics: [secret]}\n- allow: {}\n"}) {
    const Policy policy = parsed(text);
    EXPECT_FALSE(policy.decide(subscribe("ann", "F1", "secret")).allowed);
    EXPECT_TRUE(policy.decide(subscribe("ann", "F1", "open")).allowed);
    EXPECT_TRUE(policy.decide(submit("ann")).allowed);
  }
}

TEST(Policy, TheReasonNamesTheRulesLine) {
  const Policy policy = parsed("rules:\n- allow: {}\n\n- forbid: {users: [eve]}\n");
  EXPECT_EQ(policy.decide(submit("ann")).reason, "allowed by the rule on line 2");
  EXPECT_THAT(policy.decide(submit("eve")).reason, HasSubstr("forbidden by the rule on line 4"));
}

TEST(Policy, PatternsAreThoseOfTheShell) {
  const Policy policy = parsed("rules: [{allow: {topics: ['C?', 'cam/*', '[ab]x']}}]");
  for (const char* topic : {"C1", "cam/", "cam/a/b", "ax", "bx"}) {
    EXPECT_TRUE(policy.decide(publish("u", "t", topic)).allowed) << topic;
  }
  for (const char* topic : {"C", "C12", "ccam/a", "cx", ""}) {
    EXPECT_FALSE(policy.decide(publish("u", "t", topic)).allowed) << topic;
  }
}

TEST(Policy, EveryLabelOfARuleMustFitAndValuesMayBePatterns) {
  const Policy policy = parsed("rules: [{allow: {nodes: {zone: 'lab-*', trusted: yes}}}]");
  EXPECT_TRUE(
      policy.decide(publish("u", "t", "C1", {{"zone", "lab-3"}, {"trusted", "yes"}})).allowed);
  EXPECT_FALSE(policy.decide(publish("u", "t", "C1", {{"zone", "lab-3"}})).allowed);
  EXPECT_FALSE(
      policy.decide(publish("u", "t", "C1", {{"zone", "hall"}, {"trusted", "yes"}})).allowed);
}

TEST(Policy, JsonIsAPolicyToo) {
  const Policy policy =
      parsed(R"({"rules": [{"allow": {"users": ["ann"], "actions": ["submit"]}}]})");
  EXPECT_TRUE(policy.decide(submit("ann")).allowed);
  EXPECT_FALSE(policy.decide(submit("bob")).allowed);
}

/// As the rules read, one after another.
Decision scan(const Policy& policy, const Request& request) {
  const auto fits = [](const std::vector<std::string>& patterns, const std::string& name) {
    return patterns.empty() ||
           std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
             return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
           });
  };
  int allowing = 0;
  for (const Rule& rule : policy.rules()) {
    bool applies = fits(rule.users, request.user) && fits(rule.jobs, request.job) &&
                   fits(rule.tasks, request.task) && fits(rule.topics, request.topic) &&
                   fits(rule.actions, std::string(to_string(request.action)));
    for (const auto& [label, value] : rule.node_labels) {
      const auto found = request.node_labels.find(label);
      applies = applies && found != request.node_labels.end() && fits({value}, found->second);
    }
    if (!applies) continue;
    if (!rule.allow) return {false, "line " + std::to_string(rule.line)};
    if (allowing == 0) allowing = rule.line;
  }
  return {allowing != 0, allowing == 0 ? "no rule" : "line " + std::to_string(allowing)};
}

TEST(Policy, TheIndexDecidesAsTheRulesRead) {
  std::mt19937 random(8);
  const auto one_of = [&](const std::vector<std::string>& texts) {
    return texts[random() % texts.size()];
  };
  const std::vector<std::string> users = {"ann", "bob", "a*", "*", "b?b", "[ab]nn", "eve"};
  const std::vector<std::string> names = {"x", "y", "x*", "cam/*", "cam/1", "?"};
  for (int round = 0; round < 300; ++round) {
    std::string text = "rules:\n";
    for (unsigned i = 0; i < 1 + random() % 30; ++i) {
      text += std::string("  - ") + (random() % 4 ? "allow" : "forbid") + ": {";
      std::string conditions;
      const auto add = [&](const std::string& condition) {
        conditions += (conditions.empty() ? "" : ", ") + condition;
      };
      if (random() % 3) add("users: ['" + one_of(users) + "', '" + one_of(users) + "']");
      if (random() % 2) add("actions: [" + one_of({"submit", "publish", "stop, subscribe"}) + "]");
      if (random() % 3 == 0) add("jobs: ['" + one_of(names) + "']");
      if (random() % 3 == 0) add("topics: ['" + one_of(names) + "']");
      if (random() % 5 == 0) add("nodes: {zone: '" + one_of({"lab", "l*", "roof"}) + "'}");
      text += conditions + "}\n";
    }
    const auto policy = Policy::parse(text, "policy");
    ASSERT_TRUE(policy) << to_string(policy.error()) << text;
    for (int i = 0; i < 50; ++i) {
      Request request{one_of({"ann", "bob", "eve", "zoe"}),
                      static_cast<Action>(random() % 5),
                      one_of({"x", "y", "xy"}),
                      "T",
                      one_of({"x", "cam/1", "cam/2", ""}),
                      {}};
      if (random() % 2) request.node_labels["zone"] = one_of({"lab", "roof"});
      const Decision decision = policy->decide(request);
      const Decision plain = scan(*policy, request);
      ASSERT_EQ(decision.allowed, plain.allowed) << text;
      EXPECT_THAT(decision.reason, HasSubstr(plain.reason)) << text;
    }
  }
}

TEST(Policy, MistakesAreRefusedWithLineAndColumn) {
  struct Case {
    const char* text;
    const char* where;
    const char* message;
  };
  const std::vector<Case> table = {
      {"rules:\n  - allow: {user: [ann]}\n", "policy.yaml:2:13", "unknown condition \"user\""},
      {"rules:\n  - permit: {}\n", "policy.yaml:2:5", "unknown effect \"permit\""},
      {"rules:\n  - allow: {users: ann}\n", "policy.yaml:2:20", "list"},
      {"rules:\n  - allow: {users: []}\n", "policy.yaml:2:20", "at least one"},
      {"rules:\n  - allow: {users: [[ann]]}\n", "policy.yaml:2:21", "name or pattern"},
      {"rules:\n  - allow: {actions: [fly]}\n", "policy.yaml:2:22", "unknown action \"fly\""},
      {"rules:\n  - allow: {nodes: [lab]}\n", "policy.yaml:2:20", "labels"},
      {"rules:\n  - allow: {nodes: {zone: [a]}}\n", "policy.yaml:2:27", "label's value"},
      {"rules:\n  - allow: all\n", "policy.yaml:2:12", "map of conditions"},
      {"rules:\n  - {allow: {}, forbid: {}}\n", "policy.yaml:2:5", "a rule is"},
      {"rules: 3\n", "policy.yaml:1:1", "holds a list"},
      {"rule: []\n", "policy.yaml:1:1", "one key"},
      {"rules: []\nmore: 1\n", "policy.yaml:1:1", "one key"},
      {"rules:\n  - allow: {users: [ann\n", "policy.yaml:3:1", ""},
      {"rules:\n  - allow: {users: [ann], users: [bob]}\n", "policy.yaml:2:27", "twice"},
  };
  for (const Case& one : table) {
    const auto policy = Policy::parse(one.text, "policy.yaml");
    ASSERT_FALSE(policy) << one.text;
    EXPECT_EQ(policy.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(policy.error().where, one.where) << one.text;
    EXPECT_THAT(policy.error().message, HasSubstr(one.message)) << one.text;
    EXPECT_FALSE(policy.error().cure.empty()) << one.text;
  }
}

TEST(Policy, HostileTextsAreRefusedNotFollowed) {
  for (const std::string& text :
       {std::string(), std::string("\0\0\0", 3), std::string("- 1"), std::string("&a [*a]"),
        std::string("? ? ?"), std::string(100'000, '['), "rules: " + std::string(20'000, '{'),
        std::string(2 << 20, ' ')}) {
    const auto policy = Policy::parse(text, "p");
    ASSERT_FALSE(policy) << text.substr(0, 20);
    EXPECT_EQ(policy.error().code, ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace mort::access
