#include "mort/dds_topics/cdr_json.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "mort/message/message.hpp"

namespace mort::dds_topics {

enum Flags : std::uint8_t { kServo = 1, kGripper = 2 };
enum class Level : std::int16_t { kLow = -5 };
enum class Mask : std::uint64_t { kTop = 1ULL << 63 };

struct Shown {
  double number = 0;
  float single = 0;
  std::optional<std::int32_t> maybe;
  std::map<std::string, std::vector<Flags>> flags;
  std::chrono::milliseconds age{0};
  std::chrono::system_clock::time_point at;
  Level level = Level::kLow;
  Mask mask = Mask::kTop;
};

namespace {

graph::TypeTable table() {
  graph::TypeTable types;
  types.enums["Flags"] = {{{"kServo", 1}, {"kGripper", 2}}, "uint8"};
  types.enums["Level"] = {{{"kLow", -5}}, "int16"};
  types.enums["Mask"] = {{{"kTop", std::numeric_limits<std::int64_t>::min()}}, "uint64"};
  types.structs["Shown"] = {{{"number", "double"},
                             {"single", "float"},
                             {"maybe", "optional<int32>"},
                             {"flags", "map<string,sequence<Flags>>"},
                             {"age", "duration"},
                             {"at", "time_point"},
                             {"level", "Level"},
                             {"mask", "Mask"}}};
  return types;
}

std::string json_of(const Shown& message) {
  const auto json = cdr_to_json(table(), "Shown", message::encode(message));
  return json ? *json : json.error().message;
}

TEST(CdrJson, ShowsEveryKindOfField) {
  Shown message{1.5, 2, 7, {{"b", {kServo, static_cast<Flags>(3)}}, {"a", {}}}};
  message.age = std::chrono::milliseconds(20);
  message.at += std::chrono::nanoseconds(1);
  EXPECT_EQ(json_of(message),
            R"({"number":1.5,"single":2.0,"maybe":7,"flags":{"a":[],"b":["kServo",3]},)"
            R"("age":20000000,"at":1,"level":"kLow","mask":"kTop"})");
}

TEST(CdrJson, ShowsValuesWithoutEnumeratorAsNumbers) {
  Shown message;
  message.level = static_cast<Level>(-6);
  message.mask = static_cast<Mask>(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(json_of(message),
            R"({"number":0.0,"single":0.0,"maybe":null,"flags":{},"age":0,"at":0,)"
            R"("level":-6,"mask":18446744073709551615})");
}

TEST(CdrJson, TellsNumbersApartThatJsonDoesNotHave) {
  Shown message;
  message.number = std::numeric_limits<double>::quiet_NaN();
  message.single = -std::numeric_limits<float>::infinity();
  EXPECT_TRUE(json_of(message).starts_with(R"({"number":"NaN","single":"-Infinity",)"));
  message.number = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(json_of(message).starts_with(R"({"number":"Infinity",)"));
}

TEST(CdrJson, RefusesWhatTheMessageWouldRefuse) {
  const auto refusal = [](const std::string& type, std::vector<std::uint8_t> body) {
    body.insert(body.begin(), {0, 1, 0, 0});
    const auto json = cdr_to_json(table(), type, body);
    return json ? "accepted: " + *json : json.error().message;
  };
  EXPECT_EQ(refusal("Flags", {44, 1, 0, 0}), "Flags: a value that enum Flags cannot hold");
  EXPECT_EQ(refusal("Level", {0, 0x80, 0, 0}), "Level: a value that enum Level cannot hold");
  EXPECT_EQ(refusal("optional<bool>", {2, 0, 0, 0, 1, 1}),
            "optional<bool>: more than one value where there may be one");
  EXPECT_EQ(refusal("map<string,bool>", {2, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1}),
            "map<string,bool>: a map with one key twice");
  EXPECT_EQ(refusal("map<bool,bool>", {0, 0, 0, 0}), "map<bool,bool>: not a map type: bool,bool");
}

}  // namespace
}  // namespace mort::dds_topics
