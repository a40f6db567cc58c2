// Message structs: what the type table says of them, and which are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"

namespace mort::test {
namespace {

/// A task that publishes m::Message, which `declarations` declares.
std::string publisher_of_message(const std::string& declarations) {
  return "#include <map>\n#include <mort/task/task.hpp>\nnamespace m {\n" + declarations + R"(
class T : public mort::Task { public: T() { RegTask("t"); RegSub({"a"}); } void Run() override { Take<Message>("a"); } };
MORT_TASK(T);
})";
}

TEST(MessageTypes, FieldsAreNamedByWhatTheyCarry) {
  const auto analysis = analyze(publisher_of_message(R"(
enum class Colour : std::uint8_t { kRed, kGreen = 5, kBlue = 2 };
struct Point { float x; double y; };
struct Message {
  bool flag; char letter; std::int8_t i8; std::uint8_t u8; short i16; unsigned short u16; int i32; unsigned u32; long i64; unsigned long long u64;
  std::string text; std::vector<std::uint8_t> bytes; std::array<std::array<Point, 2>, 3> grid; std::vector<std::vector<std::string>> words;
  Colour colour; Point point; std::vector<Colour> colours; static constexpr int kNotAField = 3;
  std::optional<Point> maybe; std::map<std::string, std::vector<std::optional<double>>> gains; std::map<std::string, int, std::less<>> counts;
  std::chrono::milliseconds age; std::vector<std::chrono::system_clock::time_point> times; std::chrono::time_point<std::chrono::steady_clock, std::chrono::hours> at;
};)"));
  ASSERT_TRUE(analysis.ok()) << findings(analysis);
  std::string fields;
  for (const auto& field : analysis.graph.types.structs.at("m::Message").fields)
    fields += field.name + " " + field.type + "\n";
  EXPECT_EQ(fields,
            "flag bool\nletter char\ni8 int8\nu8 uint8\ni16 int16\nu16 uint16\ni32 int32\nu32 "
            "uint32\ni64 int64\nu64 uint64\n"
            "text string\nbytes sequence<uint8>\ngrid array<array<m::Point,2>,3>\nwords "
            "sequence<sequence<string>>\n"
            "colour m::Colour\npoint m::Point\ncolours sequence<m::Colour>\n"
            "maybe optional<m::Point>\ngains map<string,sequence<optional<double>>>\n"
            "counts map<string,int32>\nage duration\ntimes sequence<time_point>\n"
            "at time_point\n");
  EXPECT_EQ(analysis.graph.types.structs.size(), 2U);
  const auto& colours = analysis.graph.types.enums.at("m::Colour").enumerators;
  EXPECT_THAT(colours, testing::ElementsAre(testing::Pair("kRed", 0), testing::Pair("kGreen", 5),
                                            testing::Pair("kBlue", 2)));
}

TEST(MessageTypes, EnumsHaveAnyEnumeratorsAndSayTheTypeBehindThem) {
  const auto analysis = analyze(publisher_of_message(R"(
enum Plain { kA, kB = 300 };
enum class Signed : std::int8_t { kLow = -128 };
enum class Wide : std::uint64_t { kTop = 1ULL << 63 };
enum class Switch : bool { kOff, kOn };
struct Message { Plain plain; Signed low; Wide wide; Switch power; };)"));
  ASSERT_TRUE(analysis.ok()) << findings(analysis);
  const auto& enums = analysis.graph.types.enums;
  EXPECT_EQ(enums.at("m::Plain").underlying, "uint32");
  EXPECT_EQ(enums.at("m::Plain").enumerators[1].second, 300);
  EXPECT_EQ(enums.at("m::Signed").underlying, "int8");
  EXPECT_EQ(enums.at("m::Signed").enumerators[0].second, -128);
  EXPECT_EQ(enums.at("m::Wide").underlying, "uint64");
  EXPECT_EQ(graph::enumerator_text(enums.at("m::Wide"), enums.at("m::Wide").enumerators[0].second),
            "9223372036854775808");
  EXPECT_EQ(enums.at("m::Switch").underlying, "bool");
}

TEST(MessageTypes, StructsHaveUpTo256Fields) {
  const auto with = [](int count) {
    std::string fields;
    for (int i = 0; i < count; ++i) fields += "int f" + std::to_string(i) + ";";
    return publisher_of_message("struct Message {" + fields + "};");
  };
  const auto most = analyze(with(256));
  ASSERT_TRUE(most.ok()) << findings(most);
  EXPECT_EQ(most.graph.types.structs.at("m::Message").fields.size(), 256U);
  const auto more = analyze(with(257));
  ASSERT_FALSE(more.ok());
  EXPECT_THAT(findings(more), testing::HasSubstr("has 257 fields; at most 256 are allowed"));
}

struct Refusal {
  const char* name;
  const char* declarations;
  const char* says;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.name;
}

class RefusesMessage : public testing::TestWithParam<Refusal> {};

TEST_P(RefusesMessage, AtTheMarkedPlace) {
  const std::string source = publisher_of_message(GetParam().declarations);
  const auto analysis = analyze(source);
  EXPECT_FALSE(analysis.ok());
  ASSERT_EQ(analysis.diagnostics.size(), 1U) << findings(analysis);
  const auto& found = analysis.diagnostics[0];
  EXPECT_EQ(graph::to_string(found.place), "tasks.cpp:" + marked_place(source));
  EXPECT_THAT(found.message, testing::HasSubstr(GetParam().says));
  EXPECT_THAT(found.notes.back(), testing::StartsWith("cure: "));
}

// The SDK's own static_asserts would stop Clang before the analyzer for some of these, so the types
// are only taken as fields of what the SDK accepts, or by a Take that the SDK does not instantiate.
const Refusal kRefusals[] = {
    {"Pointer", "struct Message { int a; int* /*^*/b; };",
     "field `b` of `m::Message` is a pointer"},
    {"CArray", "struct Message { int /*^*/a[3]; };", "is a C array (`int[3]`)"},
    {"MapFromNumbers", "struct Message { std::map<int, int> /*^*/a; };",
     "a map from something else than text"},
    {"MapInAnotherOrder",
     "struct Message { std::map<std::string, int, std::greater<std::string>> /*^*/a; };",
     "cannot be sent"},
    {"RealDuration", "struct Message { std::chrono::duration<double> /*^*/a; };",
     "other units than whole nanoseconds"},
    {"FineDuration", "struct Message { std::chrono::duration<long, std::pico> /*^*/a; };",
     "other units than whole nanoseconds"},
    {"TextView", "struct Message { std::string_view /*^*/a; };", "cannot be sent"},
    {"LongDouble", "struct Message { long double /*^*/a; };", "CDR does not carry"},
    {"PointerInAList", "struct Message { std::vector<const char*> /*^*/a; };", "is a pointer"},
    {"Empty", "struct /*^*/Message {};", "has no fields"},
    {"Base", "struct B { int b; }; struct /*^*/Message : B { int a; };", "has a base class"},
    {"Constructor", "struct /*^*/Message { Message() {} int a; };", "is no plain aggregate"},
    {"Recursive", "struct Message { int a; std::vector<Message> /*^*/children; };",
     "contains itself"},
};

INSTANTIATE_TEST_SUITE_P(Programs, RefusesMessage, testing::ValuesIn(kRefusals),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace mort::test
