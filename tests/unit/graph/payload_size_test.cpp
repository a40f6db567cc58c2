#include "mort/graph/payload_size.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>

#include "mort/message/message.hpp"

namespace mort::graph {

struct Small {
  std::uint8_t a = 0;
  std::uint16_t b = 0;
};
struct Mixed {
  bool flag = false;
  double value = 0;
  std::uint8_t last = 0;
};
struct Arrays {
  std::uint8_t first = 0;
  std::array<Small, 5> smalls{};
  std::array<Mixed, 7> mixed{};
  std::array<std::uint8_t, 3> bytes{};
  std::array<double, 2> doubles{};
};

enum class Colour { red };
enum class Mask : std::uint64_t { top };
struct Times {
  bool small = false;
  std::chrono::milliseconds age{0};
  Colour colour = Colour::red;
  Mask mask = Mask::top;
  std::array<std::chrono::system_clock::time_point, 2> at{};
};

namespace {

static_assert(kMaxPayloadBytes == static_cast<std::int64_t>(mort::kMaxPayloadBytes));

TypeTable table() {
  TypeTable types;
  types.structs["Small"] = {{{"a", "uint8"}, {"b", "uint16"}}};
  types.structs["Mixed"] = {{{"flag", "bool"}, {"value", "double"}, {"last", "uint8"}}};
  types.structs["Arrays"] = {{{"first", "uint8"},
                              {"smalls", "array<Small,5>"},
                              {"mixed", "array<Mixed,7>"},
                              {"bytes", "array<uint8,3>"},
                              {"doubles", "array<double,2>"}}};
  types.structs["Text"] = {{{"text", "string"}}};
  types.structs["Holds"] = {{{"before", "int32"}, {"text", "Text"}}};
  types.structs["Loop"] = {{{"self", "Loop"}}};
  types.structs["Empty"] = {};
  types.enums["Colour"] = {{{"red", 0}}};
  types.enums["Mask"] = {{{"top", 0}}, "uint64"};
  types.structs["Times"] = {{{"small", "bool"},
                             {"age", "duration"},
                             {"colour", "Colour"},
                             {"mask", "Mask"},
                             {"at", "array<time_point,2>"}}};
  return types;
}

TEST(PayloadSize, IsWhatTheEncoderWrites) {
  EXPECT_EQ(fixed_payload_size(table(), "Small"), message::encode(Small{}).size());
  EXPECT_EQ(fixed_payload_size(table(), "Mixed"), message::encode(Mixed{}).size());
  EXPECT_EQ(fixed_payload_size(table(), "Arrays"), message::encode(Arrays{}).size());
  EXPECT_EQ(fixed_payload_size(table(), "Times"), message::encode(Times{}).size());
}

TEST(PayloadSize, OfManyTypesIsThatOfEach) {
  const TypeTable types = table();
  PayloadSizes sizes(types);
  for (int round = 0; round < 2; ++round) {
    for (const char* type : {"Arrays", "Mixed", "Small", "Text", "Loop", "array<Loop,2>"})
      EXPECT_EQ(sizes.fixed(type), fixed_payload_size(types, type)) << type;
  }
}

TEST(PayloadSize, LongArraysAreCountedWithoutAVisitToEachElement) {
  TypeTable types = table();
  types.structs["Long"] = {{{"all", "array<Mixed,500001>"}}};
  // The first takes 17 bytes; each further one begins with its flag in the padding before its
  // double.
  EXPECT_EQ(fixed_payload_size(types, "Long"), 4 + 17 + 16 * 500'000);
}

TEST(PayloadSize, WhatVariesIsUnknownOrHasNoEndHasNone) {
  for (const char* type :
       {"Text", "Holds", "Loop", "Nothing", "", "sequence<int8>", "array<", "array<int8>",
        "array<int8,0>", "array<int8,-1>", "array<int8,x>", "optional<int8>", "map<string,int8>",
        "array<double,2097153>", "array<int8,9223372036854775807>"}) {
    EXPECT_FALSE(fixed_payload_size(table(), type)) << type;
  }
  EXPECT_EQ(fixed_payload_size(table(), "Colour"), 8);
}

TEST(PayloadSize, TypesThatUnfoldToManyFieldsCostNoMoreThanTheirText) {
  TypeTable types;
  types.structs["T0"] = {};
  for (int level = 1; level < 30; ++level) {
    auto& fields = types.structs["T" + std::to_string(level)].fields;
    const std::string below = "T" + std::to_string(level - 1);
    for (int i = 0; i < 100; ++i) fields.push_back({"f" + std::to_string(i), below});
    fields.push_back({"array", "array<" + below + ",1000000>"});
  }
  EXPECT_EQ(fixed_payload_size(types, "T29"), 4) << "nothing, very often";
  types.structs["T0"] = {{{"x", "int8"}}};
  EXPECT_FALSE(fixed_payload_size(types, "T29")) << "too large";
}

}  // namespace
}  // namespace mort::graph
