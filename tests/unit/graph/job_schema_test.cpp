#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "mort/graph/job.hpp"

namespace mort::graph {
namespace {

using nlohmann::json;

const std::string kFile = std::string(MORT_SOURCE_DIR) + "/tests/unit/graph/data/job.yaml";

/// The keys that the reader lists when it meets one it does not know.
std::vector<std::string> keys_of_reader(const std::string& text) {
  const auto job = parse_job("job: a\nsources: [task.cpp]\n" + text, kFile);
  if (job) return {};
  std::string list = job.error().cure.substr(job.error().cure.find("known keys: ") + 12);
  std::vector<std::string> keys;
  for (std::size_t comma; (comma = list.find(", ")) != std::string::npos;
       list.erase(0, comma + 2)) {
    keys.push_back(list.substr(0, comma));
  }
  keys.push_back(list);
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::vector<std::string> keys_of(const json& properties) {
  std::vector<std::string> keys;
  for (const auto& [key, unused] : properties.items()) keys.push_back(key);
  return keys;
}

TEST(JobSchema, PropertiesAreTheKeysThatTheReaderKnows) {
  const json schema = json::parse(job_schema());
  const json& top = schema["properties"];
  EXPECT_EQ(keys_of(top), keys_of_reader("zzzzzzzz: 1"));
  EXPECT_EQ(keys_of(top["tasks"]["additionalProperties"]["properties"]),
            keys_of_reader("tasks: {T: {zzzzzzzz: 1}}"));
  EXPECT_EQ(keys_of(top["topics"]["additionalProperties"]["properties"]),
            keys_of_reader("topics: {T: {zzzzzzzz: 1}}"));
  EXPECT_EQ(keys_of(top["when"]["additionalProperties"]["properties"]),
            keys_of_reader("params: {a: 1}\nwhen: {a: {zzzzzzzz: 1}}"));
  EXPECT_EQ(keys_of(top["params"]["additionalProperties"]["anyOf"][1]["properties"]),
            keys_of_reader("params: {a: {zzzzzzzz: 1}}"));
}

const std::string kByName = "^[A-Za-z_][A-Za-z0-9_.-]{0,127}$";
const std::string kByPlace = "^.+:[1-9][0-9]{0,8}$";

TEST(JobSchema, DeclarationsHaveTheKeysThatTheReaderKnows) {
  const json declares = json::parse(job_schema())["properties"]["declares"];
  EXPECT_EQ(declares["additionalProperties"], false);
  const json& by_name = declares["patternProperties"][kByName];
  EXPECT_EQ(keys_of(by_name["properties"]), keys_of_reader("declares: {T: {zzzzzzzz: 1}}"));
  const json& by_place = declares["patternProperties"][kByPlace];
  EXPECT_EQ(keys_of(by_place["properties"]),
            keys_of_reader("declares: {'task.cpp:1': {zzzzzzzz: 1}}"));
  EXPECT_EQ(by_place["required"], json({"name"}));
  EXPECT_FALSE(by_name.contains("required"));
  EXPECT_EQ(keys_of(by_name["properties"]["sub"]["items"]["anyOf"][1]["properties"]),
            keys_of_reader("declares: {T: {sub: [{zzzzzzzz: 1}]}}"));
  for (const char* key : {"cpu", "period_ms", "rate_hz", "stack_kb"}) {
    EXPECT_EQ(by_name["properties"][key],
              json::parse(
                  job_schema())["properties"]["tasks"]["additionalProperties"]["properties"][key]);
  }
}

TEST(JobSchema, NumbersAtTheBoundsOfTheSchemaAreReadAndThoseBeyondAreNot) {
  const json schema = json::parse(job_schema());
  for (const char* section : {"tasks", "topics"}) {
    const json& keys = schema["properties"][section]["additionalProperties"]["properties"];
    for (const auto& [key, property] : keys.items()) {
      if (!property.contains("minimum")) continue;
      const auto read = [&, name = key](const std::string& value) {
        return parse_job("job: a\nsources: [task.cpp]\n" + std::string(section) + ": {T: {" + name +
                             ": " + value + "}}",
                         kFile)
            .has_value();
      };
      EXPECT_TRUE(read(std::to_string(property["maximum"].get<double>()))) << key;
      EXPECT_FALSE(read(std::to_string(property["maximum"].get<double>() + 1))) << key;
      EXPECT_TRUE(read(std::to_string(property["minimum"].get<double>()))) << key;
      EXPECT_FALSE(read(std::to_string(property["minimum"].get<double>() - 1))) << key;
    }
  }
}

TEST(JobSchema, EveryChoiceOfTheSchemaIsRead) {
  const json schema = json::parse(job_schema());
  const json& keys = schema["properties"]["topics"]["additionalProperties"]["properties"];
  for (const auto& [key, property] : keys.items()) {
    if (!property.contains("enum")) continue;
    for (const std::string choice : property["enum"]) {
      // Blocking needs a history that keeps all, dropping one that does not.
      const std::string history = choice == "drop" ? "keep_last" : "keep_all";
      EXPECT_TRUE(parse_job("job: a\nsources: [task.cpp]\ntopics: {\"*\": {history: " + history +
                                "}, T: {" + key + ": " + choice + "}}",
                            kFile))
          << choice;
    }
  }
}

TEST(JobSchema, UnknownKeysAreMistakesEverywhere) {
  const json schema = json::parse(job_schema());
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(schema["required"], json({"job", "sources"}));
  EXPECT_EQ(schema["properties"]["tasks"]["additionalProperties"]["additionalProperties"], false);
}

TEST(JobSchema, NamesHaveThePatternOfValidNames) {
  const json schema = json::parse(job_schema());
  EXPECT_EQ(schema["properties"]["job"]["pattern"], "^[A-Za-z_][A-Za-z0-9_.-]{0,127}$");
  EXPECT_EQ(schema["properties"]["topics"]["propertyNames"]["pattern"],
            "^(\\*|[A-Za-z_][A-Za-z0-9_.\\-/]{0,127})$");
}

}  // namespace
}  // namespace mort::graph
