// What instances are made from: shapes of jobs and weights of regions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mort/base/result.hpp"

namespace mort::placement_study {

/// Counts over ranges of whole numbers: counts[i] values fell into (bins[i], bins[i + 1]].
struct Counts {
  std::vector<std::int64_t> bins;
  std::vector<std::int64_t> counts;
};

/// The task graph of one job: the direct predecessors of each task, all of them earlier in the
/// list.
struct JobShape {
  std::vector<std::vector<std::int32_t>> parents;
};

struct DagStats {
  Counts job_size;                  ///< tasks per job
  std::vector<Counts> path_length;  ///< [i]: tasks on the critical path of a job of i + 2
                                    ///< tasks; the last one serves larger jobs too
  std::vector<Counts> level;        ///< [i]: level of a task beside the critical path, where
                                    ///< that has i + 1 tasks; the last one serves longer paths
  std::vector<std::int64_t> region_weight;  ///< of each region, at least 1
  std::vector<JobShape> shapes;  ///< jobs of a trace; when there are any they replace the counts
};

/// Reads alibaba_v2018_dag_stats.json and regions97.json of `folder`.
/// Errors: kInvalid with file and place for what is missing or out of bounds.
Result<DagStats> read_dag_stats(const std::string& folder);

/// The folder with the data of this module: in the source tree.
std::string data_folder();

}  // namespace mort::placement_study
