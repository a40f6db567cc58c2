// Constructors, bodies and constants that other sources of the job define.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "program.hpp"

namespace mort::test {
namespace {

using testing::HasSubstr;

class SeveralSources : public testing::Test {
 protected:
  SeveralSources() {
    folder_.write("filter.hpp", R"(#pragma once
#include <mort/task/task.hpp>
namespace m {
struct A { int x; };
extern const std::string kPrefix;
std::string topic(int n);
class Filter : public mort::Task {
 public:
  explicit Filter(int n);
  void Run() override;
 private:
  int n_;
};
}
)");
    filter_ = folder_.write("filter.cpp", R"(#include "filter.hpp"
namespace m {
static std::string name(int n) { return "F" + std::to_string(n); }
Filter::Filter(int n) : n_(n) { RegTask(name(n)); RegSub({topic(n - 1)}); RegPub({topic(n)}); }
void Filter::Run() { while (auto a = Take<A>(topic(n_ - 1))) Publish(topic(n_), *a); }
}
)");
    names_ = folder_.write("names.cpp", R"(#include "filter.hpp"
namespace m {
const std::string kPrefix = "c";
std::string topic(int n) { return kPrefix + std::to_string(n); }
}
)");
  }

  std::string tasks(const std::string& before = "") {
    return folder_.write("tasks.cpp", "#include \"filter.hpp\"\nnamespace m {\n" + before +
                                          "MORT_TASK(Filter, 1);\nMORT_TASK(Filter, 2);\n}\n");
  }
  analyzer::Analysis run(std::vector<std::string> sources) {
    analyzer::Options options{std::move(sources), sdk_flags(), folder_.path()};
    options.cache_dir = cache_;
    auto result = analyzer::analyze(options);
    EXPECT_TRUE(result) << to_string(result.error());
    return result ? *std::move(result) : analyzer::Analysis{};
  }

  Folder folder_;
  std::string filter_;
  std::string names_;
  std::string cache_;
};

constexpr const char* kGraph = "F1 sub=c0:m::A pub=c1:m::A\nF2 sub=c1:m::A pub=c2:m::A";

TEST_F(SeveralSources, AreReadTogetherWhereOneDefinesWhatTheOtherNeeds) {
  const std::string source = tasks();
  const auto analysis = run({source, filter_, names_});
  EXPECT_EQ(summary(analysis.graph), kGraph) << findings(analysis);
  EXPECT_EQ(analysis.exit_code(), 0);
  EXPECT_EQ(analysis.parsed, 5);  // each alone, with filter.cpp, with names.cpp as well
  const auto other = run({names_, filter_, source});
  EXPECT_EQ(graph::to_json(other.graph, other.diagnostics),
            graph::to_json(analysis.graph, analysis.diagnostics));
}

TEST_F(SeveralSources, AreKeptTogetherInTheCache) {
  const std::string source = tasks();
  std::this_thread::sleep_for(std::chrono::milliseconds(40));  // what is new is not kept
  cache_ = folder_.path() + "/cache";
  run({source, filter_, names_});
  const auto again = run({source, filter_, names_});
  EXPECT_EQ(again.parsed, 0);
  EXPECT_EQ(summary(again.graph), kGraph);
  folder_.write("names.cpp", R"(#include "filter.hpp"
namespace m {
std::string topic(int n) { return "other" + std::to_string(n); }
}
)");
  EXPECT_EQ(summary(run({source, filter_, names_}).graph),
            "F1 sub=other0:m::A pub=other1:m::A\nF2 sub=other1:m::A pub=other2:m::A");
}

TEST_F(SeveralSources, WithoutTheDefinitionAreRefused) {
  const auto analysis = run({tasks(), filter_});
  EXPECT_EQ(analysis.exit_code(), 2);
  EXPECT_THAT(findings(analysis), HasSubstr("`m::topic` has no body in this source"));
  EXPECT_EQ(summary(analysis.graph), "");
}

TEST_F(SeveralSources, WhoseNamesClashAreRefused) {
  const auto analysis =
      run({tasks("static std::string name(int) { return \"mine\"; }\n"), filter_, names_});
  EXPECT_EQ(analysis.exit_code(), 2);
  EXPECT_EQ(summary(analysis.graph), "");
  EXPECT_THAT(findings(analysis), HasSubstr("filter.cpp may define it, but cannot be read together "
                                            "with this source: redefinition of 'name'"));
}

struct Hiding {
  const char* name;
  const char* before;  ///< in tasks.cpp; without notice it would change what filter.cpp means
};

class SourcesThatHide : public SeveralSources, public testing::WithParamInterface<Hiding> {};

TEST_P(SourcesThatHide, WhatTheOtherMeansAreRefused) {
  filter_ = folder_.write("filter.cpp", R"(#include "filter.hpp"
namespace m {
#ifndef LETTER
#define LETTER "F"
#endif
static std::string name(double n) { return LETTER + std::to_string(static_cast<int>(n)); }
Filter::Filter(int n) : n_(n) { RegTask(name(n)); RegSub({topic(n - 1)}); RegPub({topic(n)}); }
void Filter::Run() { while (auto a = Take<A>(topic(n_ - 1))) Publish(topic(n_), *a); }
}
)");
  const auto analysis = run({tasks(GetParam().before), filter_, names_});
  EXPECT_EQ(analysis.exit_code(), 2) << summary(analysis.graph);
  EXPECT_EQ(summary(analysis.graph), "");
  EXPECT_THAT(findings(analysis), HasSubstr("names of one of them change what the other means"));
}

const Hiding kHiding[] = {
    {"ByABetterOverload", "static std::string name(int) { return \"mine\"; }\n"},
    {"ByAMacro", "#define LETTER \"mine\"\n"},
    {"ByAnOverloadInAnUnnamedNamespace",
     "namespace { std::string name(int) { return \"mine\"; } }\n"},
};

INSTANTIATE_TEST_SUITE_P(Ways, SourcesThatHide, testing::ValuesIn(kHiding),
                         [](const auto& instance) { return std::string(instance.param.name); });

struct Header {
  const char* name;
  const char* config;     ///< config.hpp, which both sources include
  const char* in_tasks;   ///< before its include in tasks.cpp
  const char* in_filter;  ///< before its include in filter.cpp
  const char* topic;      ///< how filter.cpp names its topic
};

class HeadersThatDiffer : public SeveralSources, public testing::WithParamInterface<Header> {};

TEST_P(HeadersThatDiffer, FromSourceToSourceAreRefused) {
  folder_.write("config.hpp", GetParam().config);
  filter_ = folder_.write("filter.cpp",
                          std::string(GetParam().in_filter) +
                              "#include \"config.hpp\"\n#include \"filter.hpp\"\nnamespace m {\n"
                              "Filter::Filter(int n) : n_(n) { RegTask(\"F\" + std::to_string(n)); "
                              "RegPub({std::string(" +
                              GetParam().topic +
                              ")}); }\n"
                              "void Filter::Run() { Publish(std::string(" +
                              GetParam().topic + "), A{}); }\n}\n");
  const std::string source = folder_.write(
      "tasks.cpp", std::string(GetParam().in_tasks) +
                       "#include \"config.hpp\"\n#include \"filter.hpp\"\nnamespace m {\n"
                       "MORT_TASK(Filter, 1);\n}\n");
  const auto analysis = run({source, filter_});
  EXPECT_EQ(analysis.exit_code(), 2) << summary(analysis.graph);
  EXPECT_EQ(summary(analysis.graph), "");
}

const Header kHeaders[] = {
    {"ByAMacroBeforeTheInclude",
     "#pragma once\n#ifndef SIDE\n#define SIDE \"left\"\n#endif\n"
     "constexpr const char* kTopic = SIDE;\n",
     "#define SIDE \"right\"\n", "", "kTopic"},
    {"ByAnOpenPragma", "#pragma once\nstruct P { char c; double d; };\n", "#pragma pack(push, 1)\n",
     "", "sizeof(P) == 16 ? \"unpacked\" : \"packed\""},
    {"ByATypeThatAMacroNames", "#pragma once\n#ifndef WORD\n#define WORD short\n#endif\n",
     "#define WORD long\n", "", "sizeof(WORD) == 2 ? \"small\" : \"big\""},
};

INSTANTIATE_TEST_SUITE_P(Ways, HeadersThatDiffer, testing::ValuesIn(kHeaders),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST_F(SeveralSources, OverloadsThatATemplateFindsLaterAreRefused) {
  folder_.write("label.hpp", R"(#pragma once
#include <string>
namespace m {
struct X {};
inline std::string name_of(...) { return "base"; }
template <class T> std::string label(const T& t) { return name_of(t); }
}
)");
  const std::string source = folder_.write("tasks.cpp", R"(#include "label.hpp"
#include "filter.hpp"
namespace m {
struct Named { std::string name = label(X{}); };
MORT_TASK(Filter, Named{}.name == "base" ? 1 : 2);
}
)");
  filter_ = folder_.write("filter.cpp", R"(#include "label.hpp"
#include "filter.hpp"
namespace m {
static std::string name_of(const X&) { return "x"; }
Filter::Filter(int n) : n_(n) { RegTask("F" + std::to_string(n) + name_of(X{})); RegPub({"a"}); }
void Filter::Run() { Publish("a", A{}); }
}
)");
  const auto analysis = run({source, filter_});
  EXPECT_EQ(analysis.exit_code(), 2) << summary(analysis.graph);
}

TEST_F(SeveralSources, ThatDefineOneTaskClassInTwoWaysAreRefused) {
  const auto source = [](const std::string& topic) {
    return "#include <mort/task/task.hpp>\nnamespace m {\nstruct A { int x; };\n"
           "class Twin : public mort::Task {\n public:\n  Twin() { RegTask(\"" +
           topic + "\"); RegPub({\"" + topic + "\"}); }\n  void Run() override { Publish(\"" +
           topic + "\", A{}); }\n};\nMORT_TASK(Twin);\n}\n";
  };
  const auto analysis =
      run({folder_.write("one.cpp", source("one")), folder_.write("two.cpp", source("two"))});
  EXPECT_EQ(analysis.exit_code(), 2);
  EXPECT_THAT(findings(analysis), HasSubstr("[class-mismatch]"));
}

TEST_F(SeveralSources, InitialiseTheirConstantsInNoKnownOrder) {
  folder_.write("filter.hpp", R"(#pragma once
#include <mort/task/task.hpp>
namespace m {
struct A { int x; };
extern const std::string kPrefix;
extern const std::string kTopic;
class Filter : public mort::Task {
 public:
  explicit Filter(int n) { RegTask("F" + std::to_string(n)); RegPub({kTopic}); }
  void Run() override { Publish(kTopic, A{}); }
};
}
)");
  folder_.write("filter.cpp",
                "#include \"filter.hpp\"\nconst std::string m::kTopic = m::kPrefix + \"1\";\n");
  folder_.write("names.cpp", "#include \"filter.hpp\"\nconst std::string m::kPrefix = \"c\";\n");
  const auto analysis = run({tasks(), filter_, names_});
  EXPECT_EQ(analysis.exit_code(), 2) << summary(analysis.graph);
  EXPECT_THAT(findings(analysis), HasSubstr("may not have its value yet"));
}

}  // namespace
}  // namespace mort::test
