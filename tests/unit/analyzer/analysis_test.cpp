// Whole analyses: several sources, places, files, flags.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "program.hpp"

namespace mort::test {
namespace {

using testing::HasSubstr;

const char* const kTypes = R"(#pragma once
#include <mort/task/task.hpp>
namespace text_statistics {
struct Piece { std::uint32_t pass; bool last; std::vector<std::uint8_t> bytes; };
struct Counts { std::vector<std::uint64_t> values; };
constexpr const char* kTopics[] = {"C1", "C2"};
}
)";

const char* const kSources = R"(#include "types.hpp"
namespace text_statistics {
class RawData : public mort::Task {
 public:
  RawData(std::string name, std::string topic, std::string param) : topic_(std::move(topic)), param_(std::move(param)) {
    RegTask(name, {.cpu = 1, .period = std::chrono::milliseconds(20)});
    RegPub({topic_});
  }
  void Run() override {
    const std::string text = Param(param_);
    std::uint32_t pass = 0;
    while (WaitTick()) {
      Piece piece{.pass = pass, .last = false, .bytes = {}};
      for (std::size_t i = 0; i < text.size(); ++i) piece.bytes.push_back(static_cast<std::uint8_t>(text[i]));
      if (!Publish(topic_, std::move(piece))) break;
      if (++pass == 10) Finish();
    }
  }
 private:
  std::string topic_;
  std::string param_;
};
MORT_TASK(RawData, "RawData1", "C1", "raw1");
MORT_TASK(RawData, "RawData2", "C2", "raw2");
}
)";

const char* const kFilters = R"(#include "types.hpp"
namespace text_statistics {
class Filter : public mort::Task {
 public:
  explicit Filter(int number) : out_("C" + std::to_string(number + 2)) {
    RegTask("F" + std::to_string(number), {.cpu = 2});
    std::vector<std::string> in;
    for (const char* topic : kTopics) in.push_back(topic);
    RegSub(in);
    RegPub({out_});
  }
  void Run() override {
    Counts counts;
    while (WaitData()) {
      for (const char* topic : kTopics) drain(topic, counts);
      auto shared = std::make_shared<const Counts>(std::move(counts));
      Publish(out_, shared);
      counts = {};
    }
  }
 private:
  void drain(std::string_view topic, Counts& counts) {
    while (auto piece = TryTake<Piece>(topic)) {
      for (auto byte : piece->bytes) counts.values.push_back(byte);
    }
  }
  const std::string out_;
};
MORT_TASK(Filter, 1);
MORT_TASK(Filter, 2);
}
)";

const char* const kExpected =
    "F1 cpu=2000 sub=C1:text_statistics::Piece,C2:text_statistics::Piece "
    "pub=C3:text_statistics::Counts\n"
    "F2 cpu=2000 sub=C1:text_statistics::Piece,C2:text_statistics::Piece "
    "pub=C4:text_statistics::Counts\n"
    "RawData1 cpu=1000 period=20000000 pub=C1:text_statistics::Piece\n"
    "RawData2 cpu=1000 period=20000000 pub=C2:text_statistics::Piece";

class Analyses : public testing::Test {
 protected:
  Folder folder_;
  analyzer::Analysis run(std::vector<std::string> sources, int jobs = 1,
                         std::vector<std::string> flags = sdk_flags()) {
    auto result = analyzer::analyze({std::move(sources), std::move(flags), folder_.path(), jobs});
    EXPECT_TRUE(result) << to_string(result.error());
    return result ? *std::move(result) : analyzer::Analysis{};
  }
};

TEST_F(Analyses, OfSeveralSourcesAreTheSameInAnyOrder) {
  folder_.write("types.hpp", kTypes);
  const std::string sources = folder_.write("sources.cpp", kSources);
  const std::string filters = folder_.write("filters.cpp", kFilters);
  const auto one = run({sources, filters}, 2);
  const auto other = run({filters, sources});
  EXPECT_TRUE(one.ok()) << findings(one);
  EXPECT_EQ(summary(one.graph), kExpected);
  EXPECT_EQ(graph::to_json(one.graph, one.diagnostics),
            graph::to_json(other.graph, other.diagnostics));
  EXPECT_EQ(one.files_read, other.files_read);
  EXPECT_THAT(one.files_read,
              testing::IsSupersetOf(
                  {folder_.path() + "/types.hpp", sources, filters,
                   std::string(MORT_SOURCE_DIR "/framework/task/include/mort/task/task.hpp")}));
}

TEST_F(Analyses, NameEveryTopicWhereItIsWritten) {
  const std::string text =
      kProbe +
      "class T : public Probe { public: T() { ports(\"t\", {/*^*/\"a\"}); } };\nMORT_TASK(T);\n}\n";
  const auto analysis = run({folder_.write("tasks.cpp", text)});
  ASSERT_EQ(analysis.graph.tasks.size(), 1U) << findings(analysis);
  EXPECT_EQ(graph::to_string(analysis.graph.tasks[0].sub.at(0).place),
            "tasks.cpp:" + marked_place(text));
  EXPECT_EQ(analysis.graph.tasks[0].class_name, "m::T");
}

TEST_F(Analyses, ShowTheWayOfAnUnknownValue) {
  const auto analysis = run({folder_.write("tasks.cpp", R"(#include <mort/task/task.hpp>
std::string pick() { return std::getenv("TOPIC"); }
class T : public mort::Task {
 public:
  explicit T(std::string topic) : topic_(topic) {
    RegTask("t");
    RegSub({topic_});
  }
  void Run() override { Take<int>(topic_); }
  std::string topic_;
};
MORT_TASK(T, pick());
)")});
  ASSERT_FALSE(analysis.diagnostics.empty());
  const auto& notes = analysis.diagnostics[0].notes;
  EXPECT_EQ(graph::to_string(analysis.diagnostics[0].place), "tasks.cpp:7:13");
  EXPECT_THAT(notes,
              testing::Contains("tasks.cpp:2:29: the environment is only known at run time"));
  EXPECT_THAT(notes, testing::Contains("tasks.cpp:12:14: it is returned from `pick`"));
  EXPECT_THAT(notes,
              testing::Contains("tasks.cpp:5:26: it is passed as parameter `topic` of `T::T`"));
  EXPECT_THAT(notes, testing::Contains("tasks.cpp:5:35: `topic_` is set to it"));
}

TEST_F(Analyses, ReportWhatTheJoinFinds) {
  const auto analysis = run({folder_.write("tasks.cpp", kProbe + R"(
class T : public Probe { public: T(const char* name, const char* in, const char* out) { ports(name, {in}, {out}); } };
MORT_TASK(T, "t", "a", "b");
MORT_TASK(T, "u", "b", "a");
})")});
  ASSERT_EQ(analysis.diagnostics.size(), 1U) << findings(analysis);
  EXPECT_FALSE(analysis.ok());
  EXPECT_EQ(analysis.diagnostics[0].code, "cycle");
}

TEST_F(Analyses, RefuseTwoDefinitionsOfOneMessageType) {
  const auto source = [](const std::string& name, const std::string& field) {
    return "#include <mort/task/task.hpp>\nnamespace m {\nstruct A { " + field + " x; };\nclass " +
           name + " : public mort::Task { public: " + name + "() { RegTask(\"" + name +
           "\"); RegSub({\"a\"}); } void Run() override { Take<A>(\"a\"); } };\nMORT_TASK(" + name +
           ");\n}\n";
  };
  const auto analysis = run({folder_.write("one.cpp", source("One", "int")),
                             folder_.write("two.cpp", source("Two", "float"))});
  ASSERT_EQ(analysis.diagnostics.size(), 2U) << findings(analysis);  // nobody publishes "a"
  const auto& found = analysis.diagnostics[1];
  EXPECT_EQ(found.code, "type-mismatch");
  EXPECT_EQ(graph::to_string(found.place), "two.cpp:3:8");
  EXPECT_EQ(found.notes[0], "two.cpp:3:8: here it is\nstruct m::A {\n  float x;\n};");
  EXPECT_EQ(found.notes[1], "one.cpp:3:8: the other definition is\nstruct m::A {\n  int32 x;\n};");
}

TEST_F(Analyses, WarnOfAClassThatIsNotOffered) {
  const auto analysis = run({folder_.write(
      "tasks.cpp",
      kProbe + "class /*^*/T : public Probe { public: T() { RegTask(\"t\"); } };\n}\n")});
  EXPECT_TRUE(analysis.ok());
  ASSERT_EQ(analysis.diagnostics.size(), 1U) << findings(analysis);
  EXPECT_EQ(analysis.diagnostics[0].severity, "warning");
  EXPECT_EQ(analysis.diagnostics[0].code, "unregistered-class");
}

TEST_F(Analyses, ReportClangsErrorsWithTheirPlace) {
  const auto analysis = run({folder_.write("tasks.cpp", "#include \"missing.hpp\"\n")});
  ASSERT_EQ(analysis.diagnostics.size(), 1U) << findings(analysis);
  EXPECT_EQ(analysis.diagnostics[0].code, "clang");
  EXPECT_EQ(graph::to_string(analysis.diagnostics[0].place), "tasks.cpp:1:10");
  EXPECT_THAT(analysis.diagnostics[0].message, HasSubstr("'missing.hpp' file not found"));
}

TEST_F(Analyses, DropFlagsThatLoadCodeOrWriteFiles) {
  const std::string out = folder_.path() + "/out.d";
  auto flags = sdk_flags();
  for (const char* flag : {"-fplugin=/nowhere/plugin.so", "-Xclang", "-load", "-Xclang",
                           "/nowhere/plugin.so", "-mllvm", "-debug", "-MD"})
    flags.push_back(flag);
  flags.insert(flags.end(), {"-MF", out, "-o", out, "-DTOPIC=\"a\""});
  const auto analysis =
      run({folder_.write("tasks.cpp", kProbe + "class T : public Probe { public: T() { "
                                               "ports(\"t\", {TOPIC}); } };\nMORT_TASK(T);\n}\n")},
          1, flags);
  EXPECT_TRUE(analysis.ok()) << findings(analysis);
  EXPECT_EQ(summary(analysis.graph), "t sub=a:m::A");
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(Analyses, OfAFileThatCannotBeReadFail) {
  const auto missing =
      analyzer::analyze({{folder_.path() + "/none.cpp"}, sdk_flags(), folder_.path(), 1});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kInvalid);
  EXPECT_FALSE(analyzer::analyze({}));
}

}  // namespace
}  // namespace mort::test
