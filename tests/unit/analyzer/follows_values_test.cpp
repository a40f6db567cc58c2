// What the interpreter must know: each program registers the task that its last column says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"

namespace mort::test {
namespace {

struct Program {
  const char* name;
  const char* declarations;  ///< in namespace m, with Probe in sight
  const char* expected;
};

void PrintTo(const Program& program, std::ostream* out) {
  *out << program.name;
}

class FollowsValues : public testing::TestWithParam<Program> {};

TEST_P(FollowsValues, ToTheRegistration) {
  const auto analysis = analyze(kProbe + GetParam().declarations + "\n}\n");
  EXPECT_EQ(summary(analysis.graph), GetParam().expected) << findings(analysis);
  EXPECT_TRUE(analysis.ok()) << findings(analysis);
}

const Program kPrograms[] = {
    {"Literals",
     R"(class T : public Probe { public: T() { ports("t", {"a", "b"}, {"c"}); } }; MORT_TASK(T);)",
     "t sub=a:m::A,b:m::A pub=c:m::A"},
    {"ArgumentsOfMortTask",
     R"(class T : public Probe { public: T(std::string name, const char* topic) { ports(name, {topic}); } };
        MORT_TASK(T, "t1", "a"); MORT_TASK(T, "t2", "b");)",
     "t1 sub=a:m::A\nt2 sub=b:m::A"},
    {"ConcatenationAndNumbers",
     R"(class T : public Probe { public: T(int n) {
          std::string topic = "a" + std::to_string(n) + '/'; topic += "b"; topic.append("c");
          ports(std::string("t") + std::to_string(n * 10 % 7), {topic, "x" + std::to_string(-3L) + std::string(2, 'z')}); } };
        MORT_TASK(T, 4);)",
     "t5 sub=a4/bc:m::A,x-3zz:m::A"},
    {"Constants",
     R"(const std::string kA = "a"; constexpr const char* kB = "b"; constexpr std::string_view kC = "c";
        const char kD[] = "d"; static const char* kE = "e";
        struct Names { static constexpr const char* kF = "f"; static const std::string kG; static inline const std::string kH{"h"}; };
        const std::string Names::kG = kA + "g";
        #define TOPIC(x) #x
        class T : public Probe { public: T() { static const std::string i = "i";
          ports("t", {kA, kB, std::string(kC), kD, kE, Names::kF, Names::kG, Names::kH, i, TOPIC(j)}); } }; MORT_TASK(T);)",
     "t sub=a:m::A,b:m::A,c:m::A,d:m::A,e:m::A,f:m::A,ag:m::A,h:m::A,i:m::A,j:m::A"},
    {"ConstexprFunctionsAndEnums",
     R"(enum class Side { kLeft, kRight = 7 };
        constexpr int square(int n) { int r = 0; for (int i = 0; i < n; ++i) r += n; return r; }
        constexpr const char* name_of(Side s) { return s == Side::kLeft ? "left" : "right"; }
        constexpr std::array<std::string_view, 2> kPair = {"p", "q"};
        class T : public Probe { public: T(Side side) {
          ports("t" + std::to_string(square(3)), {name_of(Side::kLeft), name_of(side), std::string(kPair[1]),
                "e" + std::to_string(static_cast<int>(side))}); } };
        MORT_TASK(T, Side::kRight);)",
     "t9 sub=left:m::A,right:m::A,q:m::A,e7:m::A"},
    {"LoopsOverConstantRanges",
     R"(constexpr const char* kNames[] = {"x", "y"};
        class T : public Probe { public: T(int n) {
          std::vector<std::string> sub;
          for (int i = 0; i < n; ++i) { if (i == 1) continue; sub.push_back("s" + std::to_string(i)); }
          for (const char* name : kNames) sub.emplace_back(name);
          std::vector<std::string> pub;
          int i = 2; while (i-- > 0) pub.push_back(std::string(kNames[i]) + "p");
          do { pub.push_back("d"); } while (false);
          ports("t", sub, pub); } };
        MORT_TASK(T, 3);)",
     "t sub=s0:m::A,s2:m::A,x:m::A,y:m::A pub=yp:m::A,xp:m::A,d:m::A"},
    {"KnownConditions",
     R"(class T : public Probe { public: T(bool left, int kind) {
          std::string a; if (left) a = "l"; else a = "r";
          const char* b = nullptr;
          switch (kind) { case 1: b = "one"; break; case 2: b = "two"; break; default: b = "many"; }
          ports("t" + a, {a == "l" && kind > 1 ? "x" : "y"}, {b}); } };
        MORT_TASK(T, true, 2); MORT_TASK(T, false, 9);)",
     "tl sub=x:m::A pub=two:m::A\ntr sub=y:m::A pub=many:m::A"},
    {"HelpersLambdasAndReferences",
     R"(std::string join(const std::string& a, const std::string& b) { return a + "_" + b; }
        void add(std::vector<std::string>& to, std::string what) { to.push_back(std::move(what)); }
        class T : public Probe { public: T() {
          std::vector<std::string> sub; add(sub, join("a", "b"));
          auto prefixed = [&sub, p = std::string("p")](const std::string& n) { sub.push_back(p + n); return sub.size(); };
          prefixed("1"); const auto n = prefixed("2");
          ports(named(n), sub, list()); }
         private:
          std::string named(std::size_t n) const { return "t" + std::to_string(n); }
          static std::vector<std::string> list() { return {"u", "v"}; } };
        MORT_TASK(T);)",
     "t3 sub=a_b:m::A,p1:m::A,p2:m::A pub=u:m::A,v:m::A"},
    {"BaseClassConstructors",
     R"(class Base : public Probe { public: Base(std::string name, std::string topic) : topic_(topic) { ports(name + suffix(), {topic_}); }
          virtual std::string suffix() const { return "_base"; } std::string topic_; };
        class T : public Base { public: explicit T(std::string t) : Base("t", t + "1") {} std::string suffix() const override { return "_derived"; } };
        class U : public Base { public: using Base::Base; };
        class V : public Base { public: V() : V("v") {} explicit V(const char* n) : Base(n, "w") {} };
        MORT_TASK(T, "a"); MORT_TASK(U, "u", "b"); MORT_TASK(V);)",
     "t_base sub=a1:m::A\nu_base sub=b:m::A\nv_base sub=w:m::A"},
    {"Templates",
     R"(template <class Message, int N> class Reader : public mort::Task { public:
          explicit Reader(std::string topic) : topic_(topic) { RegTask("reader" + std::to_string(N)); RegSub({topic_}); }
          void Run() override { while (auto p = Take<Message>(topic_)) {} } private: const std::string topic_; };
        struct B { double y; };
        using R = Reader<B, 2>;
        MORT_TASK(R, "b"); using S = Reader<A, 1>; MORT_TASK(S, "a");)",
     "reader1 sub=a:m::A\nreader2 sub=b:m::B"},
    {"InClassInitialisers",
     R"(class T : public Probe { public: T() { ports("t", {topic_, list_[1]}, {array_.back()}); }
          std::string topic_ = "a"; std::vector<std::string> list_{"x", "b"}; std::array<const char*, 2> array_ = {"y", "c"}; };
        MORT_TASK(T);)",
     "t sub=a:m::A,b:m::A pub=c:m::A"},
    {"Options",
     R"(using namespace std::chrono_literals;
        class T : public mort::Task { public: T(int ms, double cpu) {
          mort::TaskOptions options; options.cpu = cpu * 2; options.period = std::chrono::milliseconds(ms) + 5us; options.stack_bytes = 4 << 10;
          RegTask("t", options); } void Run() override {} };
        class U : public mort::Task { public: U() { RegTask("u", {.cpu = 0.5, .period = kPeriod}); } void Run() override {}
          static constexpr auto kPeriod = 1000ms / 50; };
        MORT_TASK(T, 20, 0.75); MORT_TASK(U);)",
     "t cpu=1500 period=20005000 stack=4096\nu cpu=500 period=20000000"},
    {"StructsAndPairs",
     R"(struct Wiring { const char* in; std::string out = std::string(in) + "_out"; };
        const std::vector<std::pair<std::string, int>> kPairs = {{"p", 1}, {"q", 2}};
        class T : public Probe { public: explicit T(Wiring w) { std::vector<std::string> sub{w.in};
          for (const auto& [name, n] : kPairs) sub.push_back(name + std::to_string(n));
          ports("t", sub, {w.out}); } };
        MORT_TASK(T, Wiring{"a"});)",
     "t sub=a:m::A,p1:m::A,q2:m::A pub=a_out:m::A"},
    {"VectorsJoined",
     R"(std::vector<std::string> both(const std::vector<std::string>& a, std::vector<std::string> b) {
          b.insert(b.end(), a.begin(), a.end()); return b; }
        class T : public Probe { public: explicit T(std::vector<std::string> more) {
          const std::vector<std::string> copy(more.begin(), more.end()); ports("t", both({"a", "b"}, more), {copy.front() + "2"}); } };
        MORT_TASK(T, std::vector<std::string>{"c"});)",
     "t sub=c:m::A,a:m::A,b:m::A pub=c2:m::A"},
    {"TextFunctions",
     R"(class T : public Probe { public: explicit T(std::string_view path) {
          const auto at = path.find('/'); std::string head(path.substr(0, at)); std::string tail{path.substr(at + 1)};
          if (at == std::string_view::npos || tail.empty() || !head.starts_with("f")) throw std::invalid_argument("path");
          ports(head, {tail}, {std::max(head, tail) + "2"}); } };
        MORT_TASK(T, "fleet/one");)",
     "fleet sub=one:m::A pub=one2:m::A"},
    {"UnknownValuesThatDoNotMatter",
     R"(class T : public Probe { public: T() { const char* home = std::getenv("HOME");
          if (home == nullptr) throw std::runtime_error("no home");
          std::string where = home; if (where.empty()) count_ = 2; Log("at " + where); ports("t", {"a"}); }
          int count_ = 1; };
        MORT_TASK(T);)",
     "t sub=a:m::A"},
};

INSTANTIATE_TEST_SUITE_P(Programs, FollowsValues, testing::ValuesIn(kPrograms),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace mort::test
