// batch_task.csv: names give dependencies; hostile lines are counted and named.
#include "mort/placement_study/trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mort/placement_study/generator.hpp"
#include "support/temp_dir.hpp"

namespace mort::placement_study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A file of lines "name,1.0,job,1,Terminated,..." for pairs of name and job.
std::string csv(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string text;
  for (const auto& [task, job] : rows) {
    text += task + ",1.0," + job + ",1,Terminated,87076,87085,50.0,0.39\n";
  }
  return text;
}

TEST(Trace, NamesGiveDependencies) {
  TempDir dir;
  const Trace trace =
      read_trace(dir.file("t.csv", csv({{"M1", "j_1"}, {"R2_1", "j_1"}, {"J3_1_2", "j_1"}})))
          .value();
  ASSERT_EQ(trace.shapes.size(), 1u);
  EXPECT_THAT(trace.shapes[0].parents, ElementsAre(IsEmpty(), ElementsAre(0), ElementsAre(0, 1)));
  EXPECT_EQ(trace.lines, 3u);
  EXPECT_EQ(trace.skipped_lines + trace.left_out_jobs, 0u);
  EXPECT_FALSE(trace.stopped);
}

TEST(Trace, LinesOfJobsMayBeMixedAndInAnyOrder) {
  TempDir dir;
  const Trace trace =
      read_trace(
          dir.file("t.csv",
                   csv({{"J3_1_2", "b"}, {"M1", "a"}, {"R2_1", "b"}, {"R2_1", "a"}, {"M1", "b"}})))
          .value();
  ASSERT_EQ(trace.shapes.size(), 2u);
  EXPECT_THAT(trace.shapes[0].parents, ElementsAre(IsEmpty(), ElementsAre(0), ElementsAre(0, 1)));
  EXPECT_THAT(trace.shapes[1].parents, ElementsAre(IsEmpty(), ElementsAre(0)));
}

TEST(Trace, OtherNamesAreTasksWithoutDependencies) {
  TempDir dir;
  const Trace trace = read_trace(dir.file("t.csv", csv({{"task_Nzg3ODcwNzc2", "j"},
                                                        {"task_LTE2MTY1OTM=", "j"},
                                                        {"MergeTask", "j"},
                                                        {"R2_Stg1", "j"},
                                                        {"R3_2_Stg4", "j"},
                                                        {"M99999999999999999999", "j"},
                                                        {"M0", "j"},
                                                        {"R5_", "j"}})))
                          .value();
  ASSERT_EQ(trace.shapes.size(), 1u);
  std::size_t edges = 0;
  for (const auto& parents : trace.shapes[0].parents) edges += parents.size();
  EXPECT_EQ(trace.shapes[0].parents.size(), 8u);
  EXPECT_EQ(edges, 1u);
}

TEST(Trace, HeadingAndCarriageReturnsAreUnderstood) {
  TempDir dir;
  const Trace trace =
      read_trace(dir.file("t.csv",
                          "task_name,instance_num,job_name,task_type,status\r\nM1,1,j\r\nR2_1,1,j"))
          .value();
  ASSERT_EQ(trace.shapes.size(), 1u);
  EXPECT_EQ(trace.shapes[0].parents.size(), 2u);
  EXPECT_EQ(trace.skipped_lines, 0u);
}

TEST(Trace, HostileLinesAreSkippedAndNamed) {
  TempDir dir;
  const std::string file = dir.file(
      "t.csv", "M1,1.0,good\n\nM1\nM1,1.0\n,1.0,j\nM1,1.0,\n" + std::string(9'000, 'x') +
                   ",1.0,j\nM" + std::string(1, '\0') + ",1,j\n" + csv({{"M1", "also_good"}}));
  const Trace trace = read_trace(file).value();
  EXPECT_EQ(trace.shapes.size(), 2u);
  EXPECT_EQ(trace.skipped_lines, 7u);
  ASSERT_EQ(trace.faults.size(), 7u);
  EXPECT_EQ(trace.faults[0], file + ":2: the name of a task or a job is missing");
  EXPECT_EQ(trace.faults[5], file + ":7: the line is longer than 4096 bytes");
}

TEST(Trace, ImpossibleJobsAreLeftOutAndNamed) {
  TempDir dir;
  const std::string file = dir.file("t.csv", csv({{"R1_1", "itself"},
                                                  {"R2_7", "unknown"},
                                                  {"R1_2", "circle"},
                                                  {"R2_1", "circle"},
                                                  {"R3_2", "circle"},
                                                  {"M1", "twice"},
                                                  {"M1", "twice"},
                                                  {"M1", "good"}}));
  const Trace trace = read_trace(file).value();
  EXPECT_EQ(trace.shapes.size(), 1u);
  EXPECT_EQ(trace.left_out_jobs, 4u);
  EXPECT_THAT(trace.faults, ElementsAre(file + ":1: the task depends on itself",
                                        file + ":2: the task depends on 7, which the job lacks",
                                        file + ":3: the task waits for a circle of dependencies",
                                        file + ":7: the job has a task 1 already"));
}

TEST(Trace, StopsAtItsLimitsAndSaysSo) {
  TempDir dir;
  std::string text;
  for (int job = 0; job < 50; ++job) {
    text += csv({{"M1", "j" + std::to_string(job)}, {"R2_1", "j" + std::to_string(job)}});
  }
  const Trace trace = read_trace(dir.file("t.csv", text), {.jobs = 20}).value();
  EXPECT_EQ(trace.shapes.size(), 20u);
  EXPECT_TRUE(trace.stopped);

  const Trace narrow = read_trace(dir.file("u.csv", csv({{"M1", "a"}, {"M2", "a"}, {"M1", "b"}})),
                                  {.tasks_per_job = 1})
                           .value();
  EXPECT_EQ(narrow.shapes.size(), 1u);
  EXPECT_THAT(narrow.faults, ElementsAre(HasSubstr("u.csv:1: the job has too many tasks")));
}

TEST(Trace, RefusesWhatHoldsNoJob) {
  TempDir dir;
  for (const std::string& text :
       {std::string(), std::string("\n\n"), std::string("hello\nworld\n"), csv({{"R1_1", "j"}})}) {
    const Result<Trace> read = read_trace(dir.file("t.csv", text));
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(read.error().where, HasSubstr("t.csv"));
  }
  EXPECT_FALSE(read_trace(dir.file("absent.csv")));
  EXPECT_FALSE(read_trace(dir.path()));
}

TEST(Trace, InstancesAreMadeFromItsShapes) {
  TempDir dir;
  DagStats stats = read_dag_stats(data_folder()).value();
  stats.shapes = read_trace(dir.file("t.csv", csv({{"M1", "a"}, {"R2_1", "a"}, {"R3_2", "a"}})))
                     .value()
                     .shapes;
  const graph::Instance instance = generate({.tasks = 100, .nodes = 20}, stats).value();
  EXPECT_EQ(instance.tasks.size(), 100u);
  EXPECT_EQ(instance.edges.size(), 66u);  // 33 whole jobs, and one cut to a single task
  EXPECT_EQ(instance.tasks[2].name, "R3_2");
  EXPECT_EQ(instance.tasks.back().name, "M1");
}

}  // namespace
}  // namespace mort::placement_study
