// How sources are read: in processes of their own, from the cache, by compile commands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "program.hpp"

namespace mort::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string task(const std::string& name, const std::string& topic) {
  return "#include <mort/task/task.hpp>\nnamespace m {\nstruct A { int x; };\nclass " + name +
         " : public mort::Task {\n public:\n  " + name + "() { RegTask(\"" + name +
         "\"); RegPub({" + topic + "}); }\n  void Run() override { Publish(" + topic +
         ", A{}); }\n};\nMORT_TASK(" + name + ");\n}\n";
}

class Driver : public testing::Test {
 protected:
  Folder folder_;
  analyzer::Options options_{{}, sdk_flags(), folder_.path()};

  analyzer::Analysis run() {
    auto result = analyzer::analyze(options_);
    EXPECT_TRUE(result) << to_string(result.error());
    return result ? *std::move(result) : analyzer::Analysis{};
  }
  std::vector<std::string> codes(const analyzer::Analysis& analysis) {
    std::vector<std::string> all;
    for (const auto& found : analysis.diagnostics) all.push_back(found.code);
    return all;
  }
  void write_commands(const nlohmann::json& commands) {
    folder_.write("compile_commands.json", commands.dump());
    options_.build_dir = folder_.path();
  }
};

TEST_F(Driver, TellsOfASourceThatCrashesClangAndReadsTheOthers) {
  options_.sources = {folder_.write("good.cpp", task("Good", "\"a\"")),
                      folder_.write("bad.cpp", "#pragma clang __debug crash\n")};
  options_.jobs = 2;
  const auto analysis = run();
  EXPECT_EQ(summary(analysis.graph), "Good pub=a:m::A");
  ASSERT_THAT(codes(analysis), ElementsAre("crashed")) << findings(analysis);
  EXPECT_EQ(graph::to_string(analysis.diagnostics[0].place), "bad.cpp");
  EXPECT_THAT(analysis.diagnostics[0].message, HasSubstr("signal"));
  EXPECT_EQ(analysis.exit_code(), 2);
}

TEST_F(Driver, EndsASourceThatDoesNotEnd) {
  options_.sources = {folder_.write(
      "endless.cpp",
      "constexpr unsigned f() { unsigned i = 0; while (i < 4294967295U) i = i * 2 % 7; "
      "return i; }\n"
      "constexpr unsigned x = f();\n")};
  options_.compile_flags.emplace_back("-fconstexpr-steps=2147483647");
  options_.time_limit = std::chrono::seconds(1);
  const auto analysis = run();
  ASSERT_THAT(codes(analysis), ElementsAre("time-limit")) << findings(analysis);
  EXPECT_THAT(analysis.diagnostics[0].message, HasSubstr("longer than 1 s"));
}

TEST_F(Driver, SurvivesCodeThatNestsTooDeeply) {
  const std::string deep(20'000, '(');
  const std::string close(20'000, ')');
  options_.sources = {folder_.write("deep.cpp", "int x = " + deep + "1" + close + ";\n")};
  EXPECT_EQ(run().exit_code(), 2);
  // Within Clang's limit on brackets, but deep for who walks the tree.
  std::string sum = "1";
  for (int i = 0; i < 5'000; ++i) sum += " + 1";
  options_.sources = {
      folder_.write("long.cpp", task("Long", "std::to_string(" + sum + ").insert(0, 1, 't')"))};
  EXPECT_NE(run().exit_code(), 0);  // insert() is not followed; what matters is an answer
}

class Cached : public Driver {
 protected:
  Cached() {
    options_.cache_dir = folder_.path() + "/cache";
    options_.sources = {
        folder_.write("one.cpp", "#include \"topic.hpp\"\n" + task("One", "kTopic")),
        folder_.write("two.cpp", task("Two", "\"b\""))};
    options_.compile_flags.push_back("-I" + folder_.path() + "/first");
    options_.compile_flags.push_back("-I" + folder_.path() + "/second");
    std::filesystem::create_directories(folder_.path() + "/first");
    std::filesystem::create_directories(folder_.path() + "/second");
    write("second/topic.hpp", "constexpr const char* kTopic = \"a\";\n");
    age();
  }
  void write(const std::string& name, const std::string& text) {
    folder_.write(name, text);
    age();
  }
  /// What was written just now is not kept: it may have been written while it was read.
  static void age() { std::this_thread::sleep_for(std::chrono::milliseconds(40)); }
};

TEST_F(Cached, SourceThatDidNotChangeIsNotParsedAgain) {
  const auto first = run();
  EXPECT_EQ(first.parsed, 2);
  EXPECT_EQ(summary(first.graph), "One pub=a:m::A\nTwo pub=b:m::A") << findings(first);
  const auto again = run();
  EXPECT_EQ(again.parsed, 0);
  EXPECT_EQ(graph::to_json(again.graph, again.diagnostics),
            graph::to_json(first.graph, first.diagnostics));
  EXPECT_EQ(again.files_read, first.files_read);

  write("second/topic.hpp", "constexpr const char* kTopic = \"changed\";\n");
  const auto changed = run();
  EXPECT_EQ(changed.parsed, 1);
  EXPECT_EQ(summary(changed.graph), "One pub=changed:m::A\nTwo pub=b:m::A");
}

TEST_F(Cached, HeaderThatAppearsEarlierInTheSearchIsSeen) {
  run();
  write("first/topic.hpp", "constexpr const char* kTopic = \"hides\";\n");
  const auto analysis = run();
  EXPECT_EQ(analysis.parsed, 1);
  EXPECT_EQ(summary(analysis.graph), "One pub=hides:m::A\nTwo pub=b:m::A");
}

TEST_F(Cached, OtherFlagsAreAnotherEntry) {
  run();
  options_.compile_flags.emplace_back("-DX=1");
  EXPECT_EQ(run().parsed, 2);
  EXPECT_EQ(run().parsed, 0);
}

TEST_F(Cached, FileWrittenWhileItIsReadIsNotKept) {
  folder_.write("two.cpp", task("Two", "\"b\""));
  EXPECT_EQ(run().parsed, 2);
  EXPECT_EQ(run().parsed, 1);
}

TEST_F(Cached, LinkThatLeadsElsewhereIsSeen) {
  write("first/topic.hpp", "constexpr const char* kTopic = \"first\";\n");
  std::filesystem::create_symlink("first", folder_.path() + "/current");
  options_.compile_flags = sdk_flags();
  options_.compile_flags.push_back("-I" + folder_.path() + "/current");
  EXPECT_EQ(summary(run().graph), "One pub=first:m::A\nTwo pub=b:m::A");
  EXPECT_EQ(run().parsed, 0);
  std::filesystem::remove(folder_.path() + "/current");
  std::filesystem::create_symlink("second", folder_.path() + "/current");
  EXPECT_EQ(summary(run().graph), "One pub=a:m::A\nTwo pub=b:m::A");
}

TEST_F(Cached, PathsOfTheEnvironmentCount) {
  options_.compile_flags = sdk_flags();
  write("first/topic.hpp", "constexpr const char* kTopic = \"first\";\n");
  for (const auto& [folder, topic] : {std::pair("first", "first"), std::pair("second", "a")}) {
    setenv("CPLUS_INCLUDE_PATH", (folder_.path() + "/" + folder).c_str(), 1);
    EXPECT_EQ(summary(run().graph), "One pub=" + std::string(topic) + ":m::A\nTwo pub=b:m::A");
  }
  unsetenv("CPLUS_INCLUDE_PATH");
}

TEST_F(Cached, FileThatIsMovedInPlaceWhileItIsReadIsNotKept) {
  // Its time of modification is old: only that of the change tells.
  folder_.write("new.hpp", "constexpr const char* kTopic = \"new\";\n");
  std::filesystem::last_write_time(
      folder_.path() + "/new.hpp",
      std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  std::filesystem::rename(folder_.path() + "/new.hpp", folder_.path() + "/second/topic.hpp");
  EXPECT_EQ(run().parsed, 2);
  EXPECT_EQ(run().parsed, 1);
}

TEST_F(Cached, SourceThatReadsAPipeIsNotKept) {
  const std::string pipe = folder_.path() + "/second/topic.hpp";
  std::filesystem::remove(pipe);
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (int i = 0; i < 2; ++i) {
    const pid_t writer = fork();  // no thread: the analyzer forks, too
    if (writer == 0) {
      std::ofstream(pipe) << "constexpr const char* kTopic = \"p\";\n";
      _exit(0);
    }
    EXPECT_EQ(summary(run().graph), "One pub=p:m::A\nTwo pub=b:m::A");
    waitpid(writer, nullptr, 0);
  }
}

TEST_F(Cached, DamagedEntriesAreReadAgain) {
  run();
  std::mt19937 random(7);
  for (int round = 0; round < 3; ++round) {
    for (const auto& entry : std::filesystem::directory_iterator(options_.cache_dir)) {
      std::ifstream in(entry.path(), std::ios::binary);
      std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      in.close();
      if (round == 0) text.resize(text.size() / 2);
      if (round == 1) text = "";
      if (round == 2) {
        // Behind the list of files: the hashes would tell of any other damage.
        const std::size_t body = text.find("\n\n");
        for (int i = 0; i < 20; ++i)
          text[body + 2 + random() % (text.size() - body - 2)] = static_cast<char>(random() % 256);
      }
      std::ofstream(entry.path(), std::ios::binary) << text;
    }
    const auto analysis = run();
    if (round < 2) {
      EXPECT_EQ(analysis.parsed, 2);
    }
  }
}

TEST_F(Cached, OnlyParametersThatWereAskedForCount) {
  graph::Job job;
  job.params["topic"].value = "a";
  job.params["passes"].value = "1";
  options_.job = &job;
  options_.sources = {folder_.write("param.cpp", R"(#include <mort/task/task.hpp>
namespace m {
struct A { int x; };
class T : public mort::Task {
 public:
  T() : topic_(Param("topic")) { RegTask("t"); RegPub({topic_}); }
  void Run() override { if (IntParam("passes") > 0) Publish(topic_, A{}); }
  std::string topic_;
};
MORT_TASK(T);
}
)")};
  age();
  EXPECT_EQ(summary(run().graph), "t pub=a:m::A");
  job.params["passes"].value = "2";
  EXPECT_EQ(run().parsed, 0);
  job.params["topic"].value = "b";
  const auto other = run();
  EXPECT_EQ(other.parsed, 1);
  EXPECT_EQ(summary(other.graph), "t pub=b:m::A");
  EXPECT_THAT(other.graph.params, testing::ElementsAre(testing::Pair("topic", "b")));
  job.params.erase("topic");
  EXPECT_THAT(codes(run()), testing::Contains("unknown-topic"));
  job.params["topic"].value = "c";
  EXPECT_EQ(summary(run().graph), "t pub=c:m::A");
}

TEST_F(Driver, TakesFlagsFromTheCompileCommands) {
  std::filesystem::create_directories(folder_.path() + "/include dir");
  folder_.write("include dir/topic.hpp", "#define HEADER \"b\"\n");
  options_.sources = {folder_.write(
      "t.cpp", "#include \"topic.hpp\"\n" + task("T", "std::string(TOPIC) + HEADER"))};
  write_commands(
      {{{"directory", folder_.path()},
        {"file", "t.cpp"},
        {"command", "/usr/bin/c++ -DTOPIC=\\\"a\\\" '-Iinclude dir' -O2 -o t.o -c t.cpp"}}});
  EXPECT_EQ(summary(run().graph), "T pub=ab:m::A");
  write_commands(
      {{{"directory", folder_.path()},
        {"file", folder_.path() + "/t.cpp"},
        {"arguments", {"c++", "-D", "TOPIC=\"x\"", "-I", "include dir", "-c", "t.cpp"}}}});
  EXPECT_EQ(summary(run().graph), "T pub=xb:m::A");
}

TEST_F(Driver, DoesNotObeyWhatCompileCommandsWouldLoad) {
  options_.sources = {folder_.write("t.cpp", task("T", "TOPIC"))};
  folder_.write("flags.rsp", "-DTOPIC=\\\"obeyed\\\"");
  write_commands({{{"directory", folder_.path()},
                   {"file", "t.cpp"},
                   {"arguments",
                    {"c++", "@flags.rsp", "-DTOPIC=\"a\"", "-fplugin=/nowhere/plugin.so", "-Xclang",
                     "-load", "-Xclang", "/nowhere/plugin.so", "-specs=x", "t.cpp", "-o", "t.o",
                     "-MD", "-MF", "t.d"}}}});
  const auto analysis = run();
  EXPECT_EQ(summary(analysis.graph), "T pub=a:m::A") << findings(analysis);
  EXPECT_THAT(codes(analysis), testing::Each("ignored-flag"));
  std::vector<std::string> messages;
  for (const auto& found : analysis.diagnostics) messages.push_back(found.message);
  EXPECT_THAT(messages, testing::IsSupersetOf({HasSubstr("`@flags.rsp`"), HasSubstr("-fplugin"),
                                               HasSubstr("-Xclang -load"), HasSubstr("-specs=x")}));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/t.d"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/t.o"));
}

TEST_F(Driver, BrokenSourceIsRefusedHoweverManyFlagsAreIgnored) {
  for (int i = 0; i < 60; ++i)
    options_.compile_flags.push_back("-fplugin=" + std::to_string(i) + ".so");
  options_.sources = {folder_.write("t.cpp", task("T", "\"a\"") + "int x = undeclared;\n")};
  EXPECT_EQ(run().exit_code(), 2);
}

TEST_F(Driver, FlagsThatDecideWhatIsReadAreObeyedOrNamed) {
  options_.sources = {folder_.write("t.cpp",
                                    "#ifdef X\n#define TOPIC \"x\"\n#else\n#define TOPIC "
                                    "\"plain\"\n#endif\n" +
                                        task("T", "TOPIC"))};
  const auto own = options_.compile_flags;
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{"-Wp,-DX"}, {"-Xpreprocessor", "-DX"}, {"--define-macro=X"}}) {
    options_.compile_flags = own;
    options_.compile_flags.insert(options_.compile_flags.end(), flags.begin(), flags.end());
    EXPECT_EQ(summary(run().graph), "T pub=x:m::A") << flags[0];
  }
  options_.compile_flags = own;
  for (const char* flag : {"-c", "-o", "x.o", "-MD", "-MF", "x.d", "-fstack-protector", "-flto",
                           "-pipe", "-Wl,-z,now", "-iwithprefix"})
    options_.compile_flags.emplace_back(flag);
  const auto analysis = run();
  ASSERT_EQ(analysis.diagnostics.size(), 1U) << findings(analysis);
  EXPECT_THAT(analysis.diagnostics[0].message, HasSubstr("-iwithprefix"));
}

TEST_F(Driver, RefusesBrokenCompileCommands) {
  options_.sources = {folder_.write("t.cpp", task("T", "\"a\""))};
  options_.build_dir = folder_.path();
  const auto refused = [&](const std::string& text, const std::string& why) {
    if (!text.empty()) folder_.write("compile_commands.json", text);
    const auto result = analyzer::analyze(options_);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(to_string(result.error()), HasSubstr(why));
  };
  refused("", "there are no compile commands");
  refused("{", "no JSON array");
  refused("{}", "no JSON array");
  refused("[1]", "entry 0 lacks");
  refused(R"([{"directory": "/", "file": 3, "command": "c++"}])", "entry 0 lacks");
  refused(R"([{"directory": "/", "file": "x.cpp", "arguments": [1]}])", "no text");
  refused(R"([{"directory": "/", "file": "x.cpp", "command": "c++ x.cpp"}])",
          "no compile command for");
}

TEST_F(Driver, ReadsForTheTargetOfACrossCompiler) {
  options_.sources = {folder_.write(
      "t.cpp",
      "#ifdef __aarch64__\n#define TOPIC \"arm\"\n#else\n#define TOPIC \"other\"\n#endif\n"
      "#include <cstddef>\nint main() { return sizeof(TOPIC); }\n")};
  write_commands({{{"directory", folder_.path()},
                   {"file", "t.cpp"},
                   {"command",
                    "/usr/bin/aarch64-linux-gnu-g++-12 -nostdinc++ -nostdinc "
                    "-DONLY_FLAGS t.cpp"}}});
  // The headers of that target need not be here: what matters is that the flag arrives.
  const auto analysis = run();
  for (const auto& found : analysis.diagnostics)
    EXPECT_EQ(found.code, "clang") << findings(analysis);
}

}  // namespace
}  // namespace mort::test
