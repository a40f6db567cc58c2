// Shapes of jobs from a batch_task.csv of the Alibaba cluster trace v2018.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/placement_study/dag_stats.hpp"

namespace mort::placement_study {

struct TraceLimits {
  std::size_t jobs = 100'000;         ///< reading stops at the first line of a job beyond these
  std::size_t tasks_per_job = 1'000;  ///< a job with more is left out
  std::size_t line_bytes = 4'096;     ///< a longer line is skipped
};

/// The jobs of a trace, and what was not taken.
struct Trace {
  std::vector<JobShape> shapes;   ///< in the order of their first lines
  std::size_t lines = 0;          ///< lines read, a heading included
  std::size_t skipped_lines = 0;  ///< too long, or without the name of a task or a job
  std::size_t left_out_jobs = 0;  ///< with a task twice, a dependency on itself, on an unknown task
                                  ///< or in a circle, or with too many tasks
  std::vector<std::string> faults;  ///< "file:line: cause" of the first of both, at most 10
  bool stopped = false;             ///< the file has more jobs than the limit
};

/// Reads the columns task_name and job_name: "R3_1_2" is task 3 of its job and reads from tasks 1
/// and 2; a name of another form, as "task_Nzg3", is a task without dependencies.
/// Cost: one pass; memory for at most limits.jobs jobs.
/// Errors: kInvalid for a file that cannot be read or in which no whole job is found.
Result<Trace> read_trace(const std::string& file, const TraceLimits& limits = {});

}  // namespace mort::placement_study
