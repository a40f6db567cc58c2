#include "mort/graph/idl.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "mort/base/process.hpp"
#include "support/temp_dir.hpp"

namespace mort::graph {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A bit of everything that IDL finds hard.
TypeTable rich() {
  TypeTable types;
  types.structs["Top"] = {{{"x", "double"}}};
  types.structs["demo::All"] = {{{"b", "bool"},
                                 {"c", "char"},
                                 {"i8", "int8"},
                                 {"u8", "uint8"},
                                 {"i16", "int16"},
                                 {"u16", "uint16"},
                                 {"i32", "int32"},
                                 {"u32", "uint32"},
                                 {"i64", "int64"},
                                 {"u64", "uint64"},
                                 {"f", "float"},
                                 {"d", "double"},
                                 {"text", "string"},
                                 {"colour", "demo::Colour"},
                                 {"top", "Top"},
                                 {"deep", "demo::inner::Deep"}}};
  types.structs["demo::Lists"] = {{{"grid", "array<array<double,3>,4>"},
                                   {"lists", "sequence<sequence<string>>"},
                                   {"deeper", "sequence<sequence<sequence<Top>>>"},
                                   {"rows", "sequence<array<int32,3>>"},
                                   {"planes", "sequence<array<array<demo::Colour,2>,3>>"},
                                   {"pair", "array<sequence<array<sequence<int8>,2>>,2>"}}};
  types.structs["demo::Names"] = {{{"module", "string"},
                                   {"Struct", "string"},
                                   {"_x", "int32"},
                                   {"colour", "demo::Colour"},
                                   {"Colour", "int32"},
                                   {"names", "int32"},
                                   {"Value", "int32"},
                                   {"value", "int32"},
                                   {"demo", "bool"},
                                   {"inner", "int32"},
                                   {"kRed", "bool"}}};
  types.structs["demo::Step"] = {{{"x", "int8"}}};
  types.structs["demo::More"] = {{{"maybe", "optional<Top>"},
                                  {"rows", "optional<array<demo::Colour,2>>"},
                                  {"gains", "map<string,double>"},
                                  {"deep", "map<string,sequence<map<string,demo::Step>>>"},
                                  {"grid", "array<map<string,array<int8,2>>,3>"},
                                  {"age", "duration"},
                                  {"laps", "sequence<optional<time_point>>"},
                                  {"mode", "demo::Mode"},
                                  {"mask", "demo::Mask"},
                                  {"bare", "demo::Bare"}}};
  types.structs["demo::inner::Deep"] = {{{"elsewhere", "elsewhere::Node"}, {"kind", "demo::Kind"}}};
  types.structs["demo::inner::other::Node"] = {{{"x", "int8"}}};
  types.structs["elsewhere::Node"] = {{{"x", "int8"}}};
  types.structs["demo::octet"] = {{{"x", "demo::inner::other::Node"}}};
  types.enums["demo::Mode"] = {{{"kIdle", -1}, {"kNone", 300}}, "int16"};
  types.enums["demo::Mask"] = {{{"kTop", INT64_MIN}, {"kLow", 1}}, "uint64"};
  types.enums["demo::Bare"] = {{}, "uint8"};
  types.enums["demo::Colour"] = {{{"kRed", 0}, {"kGreen", 1}, {"kNone", 2}}};
  types.enums["demo::Kind"] = {{{"kBig", 5}, {"kNone", 2}, {"kAlias", 5}, {"Colour", 4}}};
  return types;
}

std::string idl_of(const TypeTable& types, const std::vector<std::string>& roots = {}) {
  const auto idl = to_idl(types, roots);
  if (!idl) ADD_FAILURE() << to_string(idl.error());
  return idl.value_or("");
}

TEST(Idl, IsWrittenInModulesWithDependenciesFirst) {
  TypeTable types;
  types.structs["demo::Frame"] = {{{"number", "int64"}, {"parts", "sequence<demo::Part>"}}};
  types.structs["demo::Part"] = {{{"kind", "demo::Kind"}, {"size", "array<float,2>"}}};
  types.enums["demo::Kind"] = {{{"even", 0}, {"odd", 1}}};
  EXPECT_EQ(
      idl_of(types, {"demo::Frame"}),
      "// Messages of tasks. On the wire: plain CDR (XCDR1), little endian, DDS type names as "
      "here.\n"
      "// Enums hold any value of the type behind them, with or without an enumerator.\n"
      "module demo {\n"
      "  enum Kind {\n"
      "    even,\n"
      "    odd\n"
      "  };\n"
      "  @final\n"
      "  struct Part {\n"
      "    Kind kind_;  // kind in the code\n"
      "    float size[2];\n"
      "  };\n"
      "  @final\n"
      "  struct Frame {\n"
      "    long long number;\n"
      "    sequence<Part> parts;\n"
      "  };\n"
      "};\n");
}

TEST(Idl, HoldsWhatTheRootsNeedAndNoMore) {
  const std::string idl = idl_of(rich(), {"demo::inner::Deep"});
  EXPECT_THAT(idl, AllOf(HasSubstr("struct Deep"), HasSubstr("struct Node"), HasSubstr("enum Kind"),
                         Not(HasSubstr("struct All")), Not(HasSubstr("enum Colour"))));
}

TEST(Idl, ArraysWithinSequencesHaveNamesOfTheirOwn) {
  const std::string idl = idl_of(rich(), {"demo::Lists"});
  for (const char* line :
       {"double grid[4][3];", "sequence<sequence<string> > lists_;  // lists in the code",
        "typedef long Lists_rows_element[3];", "sequence<Lists_rows_element> rows;",
        "typedef Colour Lists_planes_element[3][2];",
        "typedef sequence<int8> Lists_pair_element[2];", "sequence<Lists_pair_element> pair[2];"}) {
    EXPECT_THAT(idl, HasSubstr(line));
  }
}

TEST(Idl, KeywordsAreEscapedAndClashingNamesChanged) {
  const std::string idl = idl_of(rich());
  for (const char* line :
       {"string _module;", "string _Struct;", "long __x;", "Colour colour_;  // colour in the code",
        "long Colour__;  // Colour in the code", "long names_;", "long Value;",
        "long value_;  // value in the code", "boolean demo;", "boolean kRed;",
        "elsewhere::Node elsewhere_;", "struct _octet {", "kRed,",
        "Colour_kNone  // kNone in the code"}) {
    EXPECT_THAT(idl, HasSubstr(line));
  }
}

TEST(Idl, EnumeratorsThatDoNotCountFrom0SayTheirValuesAndFillTheGaps) {
  EXPECT_THAT(idl_of(rich(), {"demo::Kind"}), HasSubstr("  enum Kind {\n"
                                                        "    Kind_unused_0,\n"
                                                        "    Kind_unused_1,\n"
                                                        "    @value(2) kNone,\n"
                                                        "    Kind_unused_3,\n"
                                                        "    @value(4) Colour,\n"
                                                        "    @value(5) kBig\n"
                                                        "  };\n"));
}

TEST(Idl, OptionalsMapsAndTimesAreSequencesPairsAndNumbers) {
  const std::string idl = idl_of(rich(), {"demo::More"});
  for (const char* text :
       {"sequence<Top, 1> maybe;  // there may be none", "typedef Colour More_rows_element[2];",
        "sequence<More_rows_element, 1> rows;  // there may be none",
        "  @final\n  struct More_gains_entry {\n    string key;\n    double value;\n  };\n",
        "sequence<More_gains_entry> gains;  // each key once",
        "struct More_deep_entry_value_entry {\n    string key;\n    Step value;\n",
        "struct More_deep_entry {\n    string key;\n    "
        "sequence<sequence<More_deep_entry_value_entry> > "
        "value;\n",
        "struct More_grid_entry {\n    string key;\n    int8 value[2];\n",
        "sequence<More_grid_entry> grid[3];", "long long age;  // nanoseconds",
        "sequence<sequence<long long, 1> > laps;  // nanoseconds since the epoch of its clock"}) {
    EXPECT_THAT(idl, HasSubstr(text));
  }
}

TEST(Idl, EnumsThatItHasNoRoomForAreNumbersWithConstants) {
  const std::string idl = idl_of(rich(), {"demo::More"});
  for (const char* text :
       {"// Not an IDL enum: ", "typedef long Mode;", "const long kIdle = -1;",
        "const long Mode_kNone = 300;  // kNone in the code", "typedef unsigned long long Mask;",
        "const unsigned long long kTop = 9223372036854775808;", "typedef unsigned long Bare;"}) {
    EXPECT_THAT(idl, HasSubstr(text));
  }
}

TEST(Idl, NearerNamesOfTheSameBeginningAreAvoided) {
  const std::string idl = idl_of(rich());
  EXPECT_THAT(idl, HasSubstr("inner::other::Node x;")) << "from demo";
  TypeTable hidden;
  hidden.structs["a::X"] = {{{"x", "int8"}}};
  hidden.structs["b::a::Y"] = {{{"x", "a::X"}}};
  const auto refused = to_idl(hidden);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("IDL cannot name a::X"));
}

TEST(Idl, WhatItCannotSayIsRefused) {
  const auto with = [](const std::string& name, std::vector<Field> fields) {
    TypeTable types;
    types.structs[name] = {std::move(fields)};
    return types;
  };
  TypeTable cases = with("demo::Frame", {{"x", "int8"}});
  cases.structs["demo::frame"] = {{{"x", "int8"}}};
  TypeTable within = with("demo::Outer", {{"x", "demo::Outer::Inner"}});
  within.structs["demo::Outer::Inner"] = {{{"x", "int8"}}};
  TypeTable odd_labels;
  odd_labels.enums["E"] = {{{"a.b", 0}}};
  const std::pair<TypeTable, const char*> bad[] = {
      {cases, "does not tell \"demo::frame\" from \"demo::Frame\""},
      {within, "\"demo::Outer\" is a type and has types in it"},
      {odd_labels, "enumerators that IDL cannot say"},
      {with("demo::demo", {{"x", "int8"}}), "does not tell \"demo::demo\" from \"demo\""},
      {with("E", {}), "has no fields"},
      {with("(anonymous)::E", {{"x", "int8"}}), "a name that IDL cannot say"},
      {with("E", {{"x", "E"}}), "contains itself"},
      {with("E", {{"x", "Other"}}), "unknown type \"Other\""},
      {with("E", {{"x", "array<int8,0>"}}), "unknown type"},
      {with("E", {{"a.b", "int8"}}), "has no C++ name"}};
  for (const auto& [types, cause] : bad) {
    const auto idl = to_idl(types);
    ASSERT_FALSE(idl) << cause;
    EXPECT_EQ(idl.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(idl.error().message, HasSubstr(cause));
    EXPECT_NE(idl.error().cure, "");
  }
}

TEST(Idl, UnknownRootsNameTheKnownTypes) {
  const auto idl = to_idl(rich(), {"demo::Colours"});
  ASSERT_FALSE(idl);
  EXPECT_THAT(idl.error().message, HasSubstr("no message type \"demo::Colours\""));
  EXPECT_THAT(idl.error().cure, AllOf(HasSubstr("did you mean \"demo::Colour\"?"),
                                      HasSubstr("known types: Top, demo::All")));
}

TEST(Idl, TypesGetOtherNamesWhereverTheyAreNamed) {
  const TypeTable types =
      renamed(rich(), [](const std::string& name) { return "other::" + name + "_"; });
  EXPECT_EQ(types.structs.size(), rich().structs.size());
  EXPECT_EQ(types.enums.size(), rich().enums.size());
  const std::string idl = idl_of(types);
  for (const auto& [name, unused] : rich().structs)
    EXPECT_THAT(idl, HasSubstr("struct " + name.substr(name.rfind(':') + 1) + "_ {"));
  EXPECT_THAT(to_idl(types, {"demo::Frame"}).error().message, HasSubstr("no message type"));
}

/// The compilers of Fast DDS and of Cyclone DDS.
TEST(Idl, CompilersOfTwoVendorsTakeIt) {
  const TempDir dir;
  std::vector<std::string> idls = {idl_of(rich())};
  for (const auto& [name, unused] : rich().structs) idls.push_back(idl_of(rich(), {name}));
  for (std::size_t i = 0; i < idls.size(); ++i) {
    const std::string file = dir.file("types" + std::to_string(i) + ".idl", idls[i]);
    const auto cyclone = run_process({MORT_IDLC, "-l", "c", "-o", dir.path(), file}, 60);
    ASSERT_TRUE(cyclone) << to_string(cyclone.error());
    EXPECT_EQ(cyclone->exit_code, 0) << cyclone->err << idls[i];
    if (i > 1) continue;  // it is slow to start
    const auto fast = run_process({MORT_FASTDDSGEN, "-replace", "-d", dir.path(), file}, 60);
    ASSERT_TRUE(fast) << to_string(fast.error());
    EXPECT_EQ(fast->exit_code, 0) << fast->out << fast->err << idls[i];
    EXPECT_THAT(fast->out + fast->err, Not(HasSubstr("error"))) << idls[i];
  }
}

}  // namespace
}  // namespace mort::graph
