// Rights and SARIF.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "mort/access/policy.hpp"
#include "mort/analyzer/findings.hpp"
#include "mort/analyzer/output.hpp"
#include "program.hpp"

namespace mort::test {
namespace {

graph::TaskGraph small_graph() {
  graph::TaskGraph graph;
  graph.tasks.push_back({"no", "m::No", {"t.cpp", 1, 1}, {}, {}, {{"C1", "m::A", {}}}});
  graph.tasks.push_back(
      {"Sum", "m::Sum", {"t.cpp", 2, 1}, {}, {{"C1", "m::A", {}}}, {{"a/b", "m::A", {}}}});
  return graph;
}

TEST(Rights, AllowWhatTheCodeDoesAndNothingElse) {
  const graph::TaskGraph graph = small_graph();
  const auto policy = access::Policy::parse(analyzer::to_rights(graph, "j"), "rights");
  ASSERT_TRUE(policy) << to_string(policy.error());
  using enum access::Action;
  for (const access::Action action : {kPublish, kSubscribe}) {
    for (const char* task : {"no", "Sum", "other"}) {
      for (const char* topic : {"C1", "a/b", "a"}) {
        for (const char* job : {"j", "k"}) {
          const graph::TaskDecl* decl = graph.find(task);
          bool wanted = false;
          if (decl != nullptr) {
            for (const auto& port : action == kPublish ? decl->pub : decl->sub)
              wanted = wanted || port.topic == topic;
          }
          wanted = wanted && std::string(job) == "j";
          EXPECT_EQ(policy->decide({"ann", action, job, task, topic, {}}).allowed, wanted)
              << access::to_string(action) << " " << task << " " << topic << " " << job;
        }
      }
    }
  }
  EXPECT_FALSE(policy->decide({"ann", kSubmit, "j", "", "", {}}).allowed);
  EXPECT_TRUE(access::Policy::parse(analyzer::to_rights({}, ""), "rights"));
}

TEST(Sarif, HasWhatAScannerReads) {
  analyzer::Analysis analysis;
  analysis.diagnostics.push_back({"error",
                                  "unknown-topic",
                                  "a \xff topic",
                                  {"src/a b.cpp", 3, 7},
                                  {"src/a b.cpp:2:1: it comes from here", "cure: name it"}});
  analysis.diagnostics.push_back({"warning", "never-taken", "m", {"/abs/x.cpp", 0, 0}, {}});
  const auto json = nlohmann::json::parse(analyzer::to_sarif(analysis, "/work root"));
  EXPECT_EQ(json["version"], "2.1.0");
  const auto& run = json["runs"][0];
  EXPECT_EQ(run["originalUriBaseIds"]["ROOT"]["uri"], "file:///work%20root/");
  const auto& first = run["results"][0];
  EXPECT_EQ(first["ruleId"], "unknown-topic");
  EXPECT_EQ(first["level"], "error");
  const auto& place = first["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["artifactLocation"]["uri"], "src/a%20b.cpp");
  EXPECT_EQ(place["artifactLocation"]["uriBaseId"], "ROOT");
  EXPECT_EQ(place["region"]["startLine"], 3);
  EXPECT_EQ(place["region"]["startColumn"], 7);
  EXPECT_EQ(first["relatedLocations"][0]["message"]["text"], "it comes from here");
  EXPECT_THAT(first["message"]["text"].get<std::string>(), testing::HasSubstr("cure: name it"));
  const auto& second = run["results"][1];
  EXPECT_EQ(second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "file:///abs/x.cpp");
  EXPECT_FALSE(second["locations"][0]["physicalLocation"].contains("region"));
  std::vector<std::string> rules;
  for (const auto& rule : run["tool"]["driver"]["rules"]) rules.push_back(rule["id"]);
  EXPECT_THAT(rules, testing::IsSupersetOf({"unknown-topic", "never-taken", "cycle"}));
}

TEST(Sarif, CountsCharactersWhereClangCountsBytes) {
  const Folder folder;
  folder.write("a.cpp", "/* \xc3\xa4\xc3\xb6 */ int x;\n");
  analyzer::Analysis analysis;
  analysis.diagnostics.push_back({"error", "clang", "m", {"a.cpp", 1, 12}, {}});
  const auto json = nlohmann::json::parse(analyzer::to_sarif(analysis, folder.path()));
  const auto& place = json["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["region"]["startColumn"], 10);
}

TEST(FindingCodes, AreSortedAndEachHasASectionWithAnExample) {
  std::ifstream file(MORT_SOURCE_DIR "/analyzer/doc/findings.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string doc = text.str();
  std::string last;
  for (const auto& code : analyzer::finding_codes()) {
    EXPECT_LT(last, code.code);
    last = code.code;
    EXPECT_EQ(analyzer::find_code(code.code), &code);
    const std::size_t begin = doc.find("\n### " + last + "\n");
    ASSERT_NE(begin, std::string::npos) << last;
    const std::string section = doc.substr(begin, doc.find("\n### ", begin + 1) - begin);
    EXPECT_NE(section.find("```"), std::string::npos) << "no example of " << last;
  }
  EXPECT_EQ(analyzer::find_code("none"), nullptr);
}

}  // namespace
}  // namespace mort::test
