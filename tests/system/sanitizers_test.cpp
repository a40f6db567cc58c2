// The sanitizer builds can fail: a race of two tasks is reported, out of the worker that an agent
// has started.
#include <cstdlib>

#include "support/product.hpp"

namespace mort::test {
namespace {

constexpr const char* kRacingTasks = R"(#include "mort/task/task.hpp"
struct Count { std::int64_t value = 0; };
std::int64_t shared_by_two_lanes = 0;
template <char kName>
class Racer : public mort::Task {
 public:
  Racer() {
    RegTask(kTask, {.period = std::chrono::milliseconds(2)});
    RegPub({kTopic});
  }
  void Run() override {
    for (int i = 0; i < 100 && WaitTick(); ++i) Publish(kTopic, Count{++shared_by_two_lanes});
  }
  static constexpr char kTask[] = {kName, 0};
  static constexpr char kTopic[] = {'t', kName, 0};
};
MORT_TASK(Racer<'A'>);
MORT_TASK(Racer<'B'>);
)";

TEST(ThreadSanitizer, ReportsARaceOfTwoTasks) {
  if (std::thread::hardware_concurrency() < 2)
    GTEST_SKIP() << "a worker has one lane on one core, and on one lane there is no race";
  const TempDir dir;
  dir.file("race.cpp", kRacingTasks);
  const std::string job = dir.file("job.yaml", "job: race\nsources: [race.cpp]\n");
  setenv("TSAN_OPTIONS", ("log_path=" + dir.path() + "/report").c_str(), 1);
  const Product product;
  const auto ran = product.run({"run", job, "--nodes", "1"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  std::string reports;
  for (const auto& entry : fs::directory_iterator(dir.path())) {
    if (entry.path().filename().string().rfind("report", 0) == 0)
      reports += read_file(entry.path());
  }
  EXPECT_NE(reports.find("data race"), std::string::npos) << reports;
  EXPECT_NE(reports.find("race.cpp:12"), std::string::npos) << reports;
}

}  // namespace
}  // namespace mort::test
