// What must not be guessed: each program is refused at its mark.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"

namespace mort::test {
namespace {

struct Refusal {
  const char* name;
  const char* declarations;  ///< in namespace m, with Probe in sight
  const char* code;
  const char* says;  ///< part of the message
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.name;
}

class Refuses : public testing::TestWithParam<Refusal> {};

TEST_P(Refuses, AtTheMarkedPlace) {
  const std::string source = kProbe + GetParam().declarations + "\n}\n";
  const auto analysis = analyze(source);
  ASSERT_FALSE(analysis.diagnostics.empty());
  EXPECT_FALSE(analysis.ok());
  const std::string place = "tasks.cpp:" + marked_place(source);
  bool found = false;
  for (const auto& finding : analysis.diagnostics) {
    ASSERT_FALSE(finding.notes.empty()) << findings(analysis);
    EXPECT_THAT(finding.notes.back(), testing::StartsWith("cure: ")) << findings(analysis);
    if (graph::to_string(finding.place) != place || finding.code != GetParam().code) continue;
    found = true;
    EXPECT_THAT(finding.message, testing::HasSubstr(GetParam().says));
  }
  EXPECT_TRUE(found) << "expected " << GetParam().code << " at " << place << ", got\n"
                     << findings(analysis);
}

const Refusal kRefusals[] = {
    {"TopicFromTheEnvironment",
     R"(class T : public Probe { public: T() { RegTask("t"); std::string topic = std::getenv("TOPIC"); RegSub({"a", /*^*/topic}); } }; MORT_TASK(T);)",
     "unknown-topic", "topic 2 of RegSub is not known before the program runs: the environment"},
    {"TopicFromAParameterOfTheJob",
     R"(class T : public Probe { public: T() { RegTask("t"); RegPub({/*^*/Param("topic")}); } }; MORT_TASK(T);)",
     "unknown-topic", "Param(\"topic\") is given when the job is submitted"},
    {"NameFromAFunctionWithoutBody",
     R"(std::string host_name(); class T : public Probe { public: T() { RegTask(/*^*/host_name()); } }; MORT_TASK(T);)",
     "unknown-name", "`m::host_name` has no body in this source"},
    {"VariableThatIsNotConst",
     R"(std::string topic = "a"; void rename() { topic = "b"; }
        class T : public Probe { public: T() { RegTask("t"); RegSub({/*^*/topic}); } }; MORT_TASK(T);)",
     "unknown-topic", "`m::topic` is not const"},
    {"StaticVariableThatIsWritten",
     R"(static const char* topic = "a"; void rename() { topic = "b"; }
        class T : public Probe { public: T() { RegTask("t"); RegSub({/*^*/topic}); } }; MORT_TASK(T);)",
     "unknown-topic", "`m::topic` is not const"},
    {"AssignedUnderAnUnknownCondition",
     R"(class T : public Probe { public: T() { RegTask("t"); std::string topic = "a"; if (std::getenv("B")) topic = "b"; RegSub({/*^*/topic}); } };
        MORT_TASK(T);)",
     "unknown-topic", "the environment"},
    {"RegisteredUnderAnUnknownCondition",
     R"(class T : public Probe { public: T() { RegTask("t"); if (IntParam("n") > 1) /*^*/RegSub({"a"}); } }; MORT_TASK(T);)",
     "conditional-registration", "RegSub is called under a condition"},
    {"RegisteredAfterAnUnknownReturn",
     R"(class T : public Probe { public: T() { RegTask("t"); if (std::getenv("OFF")) return; /*^*/RegSub({"a"}); } }; MORT_TASK(T);)",
     "conditional-registration", "RegSub is called under a condition"},
    {"RegisteredInAnUnknownLoop",
     R"(class T : public Probe { public: T() { RegTask("t"); for (int i = 0; i < std::atoi("3"); ++i) /*^*/RegSub({"a"}); } }; MORT_TASK(T);)",
     "conditional-registration", "RegSub is called under a condition"},
    {"WrittenThroughAReference",
     R"(void scramble(std::string& text); class T : public Probe { public: T() { RegTask("t"); std::string s = "a"; scramble(s); RegSub({/*^*/s}); } };
        MORT_TASK(T);)",
     "unknown-topic", "it may be changed by the call of `m::scramble`"},
    {"WrittenThroughOneOfTwoReferences",
     R"(class T : public Probe { public: T() { RegTask("t"); std::string a = "a", b = "b"; std::string& r = std::getenv("X") ? a : b; r = "c";
          RegSub({/*^*/a}); } }; MORT_TASK(T);)",
     "unknown-topic", "topic 1 of RegSub"},
    {"MovedAway",
     R"(class T : public Probe { public: T(std::string s) { RegTask("t"); std::string kept = std::move(s); RegSub({kept}); RegPub({/*^*/s}); } };
        MORT_TASK(T, "a");)",
     "unknown-topic", "its value was moved away"},
    {"ChangedByALambdaThatIsStored",
     R"(void later(std::function<void()> f);
        class T : public Probe { public: T() { RegTask("t"); std::string s = "a"; later([&s] { s = "b"; }); RegSub({/*^*/s}); } }; MORT_TASK(T);)",
     "unknown-topic", "topic 1 of RegSub"},
    {"RegisteredInATryBlock",
     R"(void connect(); class T : public Probe { public: T() { RegTask("t"); try { connect(); /*^*/RegSub({"a"}); } catch (...) { RegSub({"b"}); } } }; MORT_TASK(T);)",
     "conditional-registration", "how far this try block gets"},
    {"WrittenThroughAPointerIntoIt",
     R"(void scramble(char* text); class T : public Probe { public: T() { RegTask("t"); std::string s = "a"; scramble(&s[0]); RegSub({/*^*/s}); } };
        MORT_TASK(T);)",
     "unknown-topic", "it may be changed by the call of `m::scramble`"},
    {"ElementThatIsNotKnownIsWritten",
     R"(class T : public Probe { public: T() { RegTask("t"); std::vector<std::string> s{"a", "b"}; s[std::atoi("1")] = "c"; RegSub(/*^*/s); } };
        MORT_TASK(T);)",
     "unknown-topic", "an element of it that is not known which is assigned"},
    {"ArgumentOfAJobParameterThroughAHelper",
     R"(class T : public Probe { public: T() { RegTask("t"); RegSub(prefixed({"a", /*^*/Param("b")})); }
          static std::vector<std::string> prefixed(std::vector<std::string> in) { for (auto& t : in) t = "x/" + t; return in; } };
        MORT_TASK(T);)",
     "unknown-topic", "Param(\"b\") is given when the job is submitted"},
    {"TextWrittenCharByChar",
     R"(class T : public Probe { public: T() { RegTask("t"); std::string s = "abc"; for (char& c : s) c = 'x'; RegSub({/*^*/s}); } };
        MORT_TASK(T);)",
     "unknown-topic", "an element of it that is not known which is assigned"},
    {"HeldByAValueThatIsNotFollowed",
     R"(class T : public Probe { public: T() { RegTask("t"); std::string a = "a", b = "b"; std::tie(a, b) = std::make_pair(b, a); RegSub({/*^*/a}); } };
        MORT_TASK(T);)",
     "unknown-topic", "it goes into a value that is not followed"},
    {"NoRegTask", R"(class T : public Probe { public: T() { RegSub({"a"}); } };
/*^*/MORT_TASK(T);)",
     "missing-regtask", "the constructor of `m::T` does not call RegTask"},
    {"RegTaskTwice",
     R"(class T : public Probe { public: T() { ports("t", {}); /*^*/RegTask("u"); } }; MORT_TASK(T);)",
     "repeated-regtask", "RegTask is called twice"},
    {"ConstructorInAnotherFile", R"(class T : public Probe { public: T(); };
/*^*/MORT_TASK(T);)",
     "unknown-registration", "the constructor of `m::T` has no body in this source"},
    {"RunInAnotherFile",
     R"(class T : public mort::Task { public: T() { RegTask("t"); } void /*^*/Run() override; }; MORT_TASK(T);)",
     "missing-body", "Run() of `m::T` has no body"},
    {"RegistrationInAFunction",
     R"(class T : public Probe { public: T() { ports("t", {}); } };
        void add() { /*^*/MORT_TASK(T); })",
     "conditional-registration", "registered inside a function"},
    {"RegistrationInRun",
     R"(class T : public mort::Task { public: T() { RegTask("t"); } void Run() override { /*^*/RegSub({"a"}); } }; MORT_TASK(T);)",
     "late-registration", "RegSub is called outside the constructor"},
    {"TopicThatIsNeverTaken",
     R"(class T : public mort::Task { public: T() { RegTask("t"); RegSub({"a", /*^*/"b"}); } void Run() override { Take<A>("a"); } }; MORT_TASK(T);)",
     "untyped-topic", "no Take<T>(\"b\") or TryTake found"},
    {"TopicThatIsNotRegistered",
     R"(class T : public mort::Task { public: T() { RegTask("t"); RegPub({"a"}); } void Run() override { Publish("a", A{}); Publish(/*^*/"b", A{}); } };
        MORT_TASK(T);)",
     "unregistered-topic", "RegPub names a"},
    {"TakenAsTwoTypes",
     R"(struct B { int y; };
        class T : public mort::Task { public: T() { RegTask("t"); RegSub({"a"}); } void Run() override { Take<A>("a"); /*^*/TryTake<B>("a"); } };
        MORT_TASK(T);)",
     "type-conflict", "is used as `m::B` here and as `m::A` elsewhere"},
    {"MemberChangedOutsideTheConstructor",
     R"(class T : public mort::Task { public: T() { RegTask("t"); RegSub({topic_}); } void Run() override { Take<A>(/*^*/topic_); topic_ = "b"; }
          std::string topic_ = "a"; }; MORT_TASK(T);)",
     "unknown-topic", "which topic this Take uses"},
    {"TopicOfAMethodWhoseAddressIsTaken",
     R"(class T : public mort::Task { public: T() { RegTask("t"); RegPub({"a"}); } void Run() override { Publish("a", A{}); auto f = &T::send; (this->*f)("a"); }
          void send(const std::string& topic) { Publish(/*^*/topic, A{}); } }; MORT_TASK(T);)",
     "unknown-topic", "no call of `m::T::send` shows what its parameter `topic` is"},
    {"NameThatIsNotValid",
     R"(class T : public Probe { public: T() { RegTask(/*^*/"two words"); } }; MORT_TASK(T);)",
     "invalid-name", "\"two words\" is no task name"},
    {"TopicNamedTwice",
     R"(class T : public Probe { public: T() { RegTask("t"); RegSub({"a", /*^*/"a"}); } }; MORT_TASK(T);)",
     "repeated-topic", "names topic \"a\" twice"},
    {"UnknownOption",
     R"(class T : public Probe { public: T() { RegTask("t", {.cpu = /*^*/static_cast<double>(IntParam("cores"))}); } }; MORT_TASK(T);)",
     "unknown-option", "option cpu of RegTask"},
    {"NegativeOption",
     R"(class T : public Probe { public: T() { RegTask("t", {.cpu = /*^*/-1}); } }; MORT_TASK(T);)",
     "invalid-option", "option cpu of RegTask is negative"},
    {"SyntaxError", R"(class T : public Probe { public: T() { /*^*/RegisterTask("t"); } };)",
     "clang", "use of undeclared identifier"},
    {"SharedMessageThatIsNotConst",
     R"(class T : public mort::Task { public: T() { RegTask("t"); RegPub({"a"}); } void Run() override { this->/*^*/Publish("a", std::make_shared<A>()); } }; MORT_TASK(T);)",
     "message-type", "a shared message must be const"},
};

INSTANTIATE_TEST_SUITE_P(Programs, Refuses, testing::ValuesIn(kRefusals),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace mort::test
