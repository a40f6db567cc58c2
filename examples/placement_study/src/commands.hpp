// The subcommands of placement_study.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "mort/base/result.hpp"
#include "mort/placement_study/dag_stats.hpp"

namespace mort::placement_study {

using Report = std::function<void(const Result<void>&)>;

void add_generate(CLI::App& app, const Report& report);
void add_run(CLI::App& app, const Report& report);

/// What jobs and nodes are drawn from: the counts of `data`, and the shapes of `trace` where it is
/// not empty. What a trace held that could not be taken is told on stderr.
Result<DagStats> load_stats(const std::string& data, const std::string& trace);

}  // namespace mort::placement_study
