// The analyzer tells the truth: the programs of tests/data/analyzer that it accepts are compiled,
// loaded, and register exactly the tasks that their comments say, which the analysis agrees with in
// its own test (Corpus).
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "loaded.hpp"
#include "unit/analyzer/expectations.hpp"

namespace mort::test {

void PrintTo(const Program& program, std::ostream* out) {
  *out << program.name;
}

namespace {

class Registrations : public testing::TestWithParam<Program> {};

TEST_P(Registrations, AreThoseOfTheAnalysedGraph) {
  std::vector<std::string> made;
  for (const Loaded& task : load(MORT_PROGRAM_LIBRARIES "/" + GetParam().name + ".so")) {
    EXPECT_EQ(task.error, "");
    made.push_back(line_of(task.registration));
  }
  std::vector<std::string> analysed;
  for (const std::string& line : GetParam().expectations().tasks) {
    analysed.push_back(std::regex_replace(line, std::regex("([^:=, ]):[^, ]+"), "$1"));
  }
  std::sort(made.begin(), made.end());
  std::sort(analysed.begin(), analysed.end());
  EXPECT_EQ(made, analysed);
  EXPECT_FALSE(made.empty());
}

std::vector<Program> accepted() {
  std::vector<Program> all = programs();
  std::erase_if(all, [](const Program& program) { return program.expectations().refuses(); });
  return all;
}

INSTANTIATE_TEST_SUITE_P(Programs, Registrations, testing::ValuesIn(accepted()),
                         [](const auto& instance) { return instance.param.name; });

TEST(Registrations, AreCheckedForEnoughPrograms) {
  EXPECT_GE(accepted().size(), 50U);
}

}  // namespace
}  // namespace mort::test
