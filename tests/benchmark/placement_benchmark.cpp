// Time and quality of placement side by side: the rows of OFFLOAD 5. One thread.
#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <numeric>

#include "mort/base/sha256.hpp"
#include "placement_fleet.hpp"
#include "rows.hpp"

namespace mort {
namespace {

using benchmark_rows::Goal;
using benchmark_rows::Row;
using placement_study::Merge;

constexpr const char* kBestKnown = "best known";
constexpr const char* kBound = "bound";
constexpr std::int64_t kBoundEffort = 50'000'000;  // what `mort plan` takes
constexpr std::int64_t kLargeBoundEffort = 5'000'000'000;
constexpr const char* kRecorded = "recorded";

struct Settings {
  std::string rows;
  int seeds = 5;
  int large_seeds = 2;
  int best_ms = 3'000;
  int best_seeds = 2;
  bool large = true;
};

/// Hands the time of every repetition to the rows, and prints nothing.
class Collect : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type == Run::RT_Iteration && !run.error_occurred) {
        seconds[run.run_name.function_name].push_back(run.real_accumulated_time /
                                                      static_cast<double>(run.iterations));
      }
    }
  }
  std::map<std::string, std::vector<double>> seconds;
};

/// Seconds of each repetition over all benches; the plans themselves are judged by `attempt`.
std::vector<double> measure(const std::vector<Bench>& benches, const offload::Options& options,
                            int repetitions) {
  for (const Bench& bench : benches) {
    benchmark::RegisterBenchmark("plan",
                                 [&bench, &options](benchmark::State& state) {
                                   for (auto _ : state) {
                                     Result<graph::Plan> plan =
                                         offload::plan(bench.instance(), options);
                                     benchmark::DoNotOptimize(plan);
                                   }
                                 })
        ->Repetitions(repetitions)
        ->MinTime(0.05)
        ->Unit(benchmark::kSecond);
  }
  Collect collect;
  benchmark::RunSpecifiedBenchmarks(&collect);
  benchmark::ClearRegisteredBenchmarks();
  return collect.seconds["plan"];
}

std::vector<double> scaled(std::vector<double> values, double factor) {
  for (double& value : values) value *= factor;
  return values;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(std::max<std::size_t>(1, values.size()));
}

offload::Options options_of(const std::string& algorithm, const std::string& model, int budget_ms) {
  offload::Options options;
  options.algorithm = algorithm;
  options.model = model;
  options.objective = "edge";
  options.budget = std::chrono::milliseconds(budget_ms);
  options.seed = 1;
  return options;
}

/// One measured thing: its plans over the benches, for a row of quality once all is known.
struct Measured {
  std::string name;
  offload::Options options;
  std::vector<Bench>* benches;
  std::string against;  ///< kBestKnown, kBound or kRecorded
  std::optional<Goal> goal;
  std::vector<std::optional<Attempt>> attempts;
};

class Report {
 public:
  explicit Report(const Settings& settings) : settings_(settings) {}

  /// A fast algorithm: its time by Google Benchmark, its plans once.
  void fast(const std::string& name, const offload::Options& options, std::vector<Bench>& benches,
            const std::string& against, const std::string& unit, std::optional<double> simulation,
            std::optional<double> limit, int repetitions) {
    tell(name);
    Row time{.name = name + ": time", .unit = unit};
    if (limit) time.goal = Goal{Goal::kAtMost, *limit};
    if (simulation) {
      time.peer = "independent simulation";
      time.peer_value = simulation;
    }
    Measured measured{name + ": profit", options, &benches, against, {}, {}};
    if (has_algorithm(options.algorithm)) {
      for (Bench& bench : benches) measured.attempts.push_back(bench.attempt(options));
      time.samples = scaled(measure(benches, options, repetitions), unit == "ms" ? 1e3 : 1.0);
    }
    rows_.push_back(std::move(time));
    later(std::move(measured));
  }

  /// An algorithm with a time budget: what it took, and what it reached in it.
  void budgeted(const std::string& name, const offload::Options& options,
                std::vector<Bench>& benches, const std::string& against,
                std::optional<double> goal) {
    tell(name);
    const auto budget = static_cast<double>(options.budget.count());
    // A tenth, or 2 ms where that is more, for what cannot be broken off.
    Row time{.name = name + ": time",
             .unit = "ms",
             .goal = Goal{Goal::kAtMost, budget + std::max(2.0, budget / 10)}};
    Measured measured{name + ": profit", options, &benches, against, {}, {}};
    if (goal) measured.goal = Goal{Goal::kAtLeast, *goal};
    if (has_algorithm(options.algorithm)) {
      for (Bench& bench : benches) {
        measured.attempts.push_back(bench.attempt(options));
        if (measured.attempts.back()) {
          time.samples.push_back(measured.attempts.back()->seconds * 1e3);
        }
      }
    }
    rows_.push_back(std::move(time));
    later(std::move(measured));
  }

  void add(Row row) { rows_.push_back(std::move(row)); }

  /// The long searches that best known comes from.
  void search_best(std::vector<Bench>& benches, const std::string& model) {
    if (!has_algorithm("refine")) return;
    tell("best known, " + model + ", " + benches.front().instance().name);
    offload::Options options = options_of("refine", model, settings_.best_ms);
    for (Bench& bench : benches) {
      for (int seed = 1; seed <= settings_.best_seeds; ++seed) {
        options.seed = 1'000 + static_cast<std::uint64_t>(seed);
        bench.attempt(options);
      }
    }
  }

  /// All rows, the quality rows filled in.
  std::vector<Row> finish() {
    for (auto& [at, measured] : later_) {
      Row& row = rows_[at];
      row.unit = measured.against == kBound ? "of the upper bound" : "of best known";
      row.median = false;
      row.goal = measured.goal;
      std::vector<double> peers;
      for (std::size_t i = 0; i < measured.attempts.size(); ++i) {
        const Bench& bench = (*measured.benches)[i];
        const std::string& model = measured.options.model;
        const std::int64_t peer = measured.against == kBound      ? bench.bound(model).value_or(0)
                                  : measured.against == kRecorded ? bench.recorded(model)
                                                                  : bench.best(model);
        // Without a search there is no best known plan, only the best of a few.
        if (!measured.attempts[i] || peer == 0 || !has_algorithm("refine")) continue;
        row.samples.push_back(static_cast<double>(measured.attempts[i]->profit) /
                              static_cast<double>(peer));
        peers.push_back(static_cast<double>(peer));
      }
      row.peer = measured.against == kBound ? "tightest bound of this run, bit/s"
                 : measured.against == kRecorded
                     ? "best of an independent simulation, bit/s"
                     : "best of refine " + std::to_string(settings_.best_seeds) + " x " +
                           std::to_string(settings_.best_ms) + " ms and of this run, bit/s";
      if (!peers.empty()) {
        row.peer_value = mean(peers);
        row.ratio = benchmark_rows::value_of(row);
      }
    }
    return rows_;
  }

 private:
  static void tell(const std::string& what) { std::fprintf(stderr, "  %s\n", what.c_str()); }

  void later(Measured measured) {
    later_.emplace_back(rows_.size(), measured);
    rows_.push_back({.name = measured.name});
  }

  const Settings& settings_;
  std::vector<Row> rows_;
  std::vector<std::pair<std::size_t, Measured>> later_;
};

/// The bound that `mort plan` prints beside every plan: its time, for the best plan known.
void add_bound_time(Report& report, std::vector<Bench>& benches, const std::string& model,
                    const std::string& name, std::int64_t effort) {
  Row row{.name = "bound, " + model + ", " + name + ": time", .unit = "s"};
  for (Bench& bench : benches) row.samples.push_back(bench.tighten(model, effort));
  report.add(std::move(row));
}

/// How far best known is from the bound: what the quality rows rest on.
void add_gap(Report& report, const std::vector<Bench>& benches, const std::string& model,
             const std::string& name) {
  Row row{.name = "best known, " + model + ", " + name,
          .unit = "of the upper bound",
          .median = false,
          .peer = "tightest bound of this run, bit/s"};
  std::vector<double> bounds;
  for (const Bench& bench : benches) {
    if (!bench.bound(model)) continue;
    bounds.push_back(static_cast<double>(*bench.bound(model)));
    row.samples.push_back(static_cast<double>(bench.best(model)) / bounds.back());
  }
  if (!bounds.empty()) {
    row.peer_value = mean(bounds);
    row.ratio = benchmark_rows::value_of(row);
  }
  report.add(std::move(row));
}

void paper_size(Report& report, std::vector<Bench>& benches, Merge merge) {
  const std::string size = "300 x 90 " + std::string(placement_study::name(merge));
  const bool chain = merge == Merge::kChain;
  report.fast("greedy " + size, options_of("greedy", "plain", 0), benches, kBestKnown, "ms", {}, {},
              5);
  report.fast("gbto " + size, options_of("gbto", "plain", 0), benches, kBestKnown, "ms", 0.75, 1.0,
              5);
  report.fast("gfbto " + size, options_of("gfbto", "fused", 0), benches, kBestKnown, "ms",
              chain ? std::optional(9.6) : std::nullopt, chain ? std::optional(2.0) : std::nullopt,
              5);
  report.budgeted("refine plain 10 ms " + size, options_of("refine", "plain", 10), benches,
                  kBestKnown, chain ? 0.98 : 0.99);
  report.budgeted("refine plain 100 ms " + size, options_of("refine", "plain", 100), benches,
                  kBestKnown, chain ? 0.995 : 0.998);
  report.budgeted("refine fused 50 ms " + size, options_of("refine", "fused", 50), benches,
                  kBestKnown, chain ? 0.97 : 0.995);
  for (const char* model : {"plain", "fused"}) {
    report.search_best(benches, model);
    add_bound_time(report, benches, model, size, kBoundEffort);
    add_gap(report, benches, model, size);
  }
}

/// SHA-256 of the plans that gbto gave for the seeds 1 and 2 before it was made faster: a faster
/// writing must give the same. They change with the generator, and with the reading of the text.
std::string first_plan(Merge merge, std::size_t seed) {
  static const std::map<Merge, std::vector<std::string>> plans{
      {Merge::kUnion,
       {"ec019c3c836ba9070a1da41f406c45e972b95a8c4166a4ed8eae8b3f408d30b3",
        "dfd32bb115ce1703e0c27f1cbb62f1c4da1f08a545b18810d5c28b3ce2006d38"}},
      {Merge::kChain,
       {"4b6092a2a27b9ce967a061a56755235a61d4899e9c246961740a1475781792c5",
        "7bb0f39eb538a6bb12b2c6a22a04e377eb13a01825b5afbefed3c1f68d4c6e8d"}}};
  return seed < 2 ? plans.at(merge)[seed] : "";
}

void large_size(Report& report, std::vector<Bench>& benches, Merge merge) {
  const std::string size = "10 000 x 1 000 " + std::string(placement_study::name(merge));
  const offload::Options gbto = options_of("gbto", "plain", 0);
  report.fast("gbto " + size, gbto, benches, kBound, "s", 3.6, 0.1, 3);
  Row same{.name = "gbto " + size + ": plans as first written",
           .unit = "share",
           .median = false,
           .peer = "SHA-256 of the plans",
           .goal = Goal{Goal::kAtLeast, 1.0}};
  for (std::size_t i = 0; i < std::min<std::size_t>(2, benches.size()); ++i) {
    const std::optional<Attempt> attempt = benches[i].attempt(gbto);
    std::string text;
    for (const std::int32_t node : attempt ? attempt->assign : std::vector<std::int32_t>{}) {
      text += std::to_string(node) + " ";
    }
    const bool equal = sha256_hex(text) == first_plan(merge, i);
    if (!equal) {
      std::fprintf(stderr, "  %s: the plan has SHA-256 %s\n", benches[i].instance().name.c_str(),
                   sha256_hex(text).c_str());
    }
    same.samples.push_back(equal ? 1.0 : 0.0);
  }
  report.add(std::move(same));
  report.budgeted("refine plain 1 s " + size, options_of("refine", "plain", 1'000), benches, kBound,
                  0.978);
  report.budgeted("refine plain 10 s " + size, options_of("refine", "plain", 10'000), benches,
                  kBound, 0.982);
  add_bound_time(report, benches, "plain", size, kLargeBoundEffort);
}

/// The samples that another program searched and bounded: a check on best known plans of our own.
void samples(Report& report, std::vector<Bench>& benches) {
  for (const char* model : {"plain", "fused"}) {
    const offload::Options options = options_of("refine", model, 100);
    report.budgeted(std::string("refine ") + model + " 100 ms samples", options, benches, kRecorded,
                    {});
  }
}

/// Small instances: the time until the optimum is proved, the slowest counts.
void small_sizes(Report& report, std::vector<Bench>& benches) {
  Row proved{.name = "optimal, 12 to 80 tasks: proved",
             .unit = "share",
             .median = false,
             .goal = Goal{Goal::kAtLeast, 1.0}};
  Row slowest{
      .name = "optimal, 12 to 80 tasks: slowest", .unit = "s", .goal = Goal{Goal::kAtMost, 1.0}};
  if (has_algorithm("optimal")) {
    double longest = 0.0;
    for (Bench& bench : benches) {
      const std::optional<Attempt> attempt = bench.attempt(options_of("optimal", "plain", 1'000));
      const bool done = attempt && attempt->bound && attempt->profit == *attempt->bound &&
                        attempt->profit >= bench.recorded("plain");
      proved.samples.push_back(done ? 1.0 : 0.0);
      if (attempt) longest = std::max(longest, attempt->seconds);
    }
    slowest.samples.push_back(longest);
  }
  report.add(std::move(proved));
  report.add(std::move(slowest));
}

int run(const Settings& settings) {
  Report report(settings);
  std::vector<std::vector<Bench>> all;
  all.reserve(8);  // rows keep pointers to the elements
  for (const Merge merge : {Merge::kUnion, Merge::kChain}) {
    all.push_back(make_benches({.tasks = 300, .nodes = 90, .merge = merge}, settings.seeds));
    paper_size(report, all.back(), merge);
  }
  if (settings.large) {
    for (const Merge merge : {Merge::kUnion, Merge::kChain}) {
      all.push_back(
          make_benches({.tasks = 10'000, .nodes = 1'000, .merge = merge}, settings.large_seeds));
      large_size(report, all.back(), merge);
    }
  }
  all.push_back(read_benches(
      {"paper_atcp_u", "paper_atcpr_u", "paper_random_u", "paper_random_c", "paper_t300_u"}));
  samples(report, all.back());
  all.push_back(read_benches({"tiny01", "tiny02", "tiny03", "tiny04", "tiny05", "med01"}));
  for (const Merge merge : {Merge::kUnion, Merge::kChain}) {
    for (const auto& [tasks, nodes] :
         {std::pair{12, 4}, std::pair{30, 8}, std::pair{50, 20}, std::pair{80, 30}}) {
      for (Bench& bench : make_benches({.tasks = tasks, .nodes = nodes, .merge = merge}, 2)) {
        all.back().push_back(std::move(bench));
      }
    }
  }
  small_sizes(report, all.back());

  std::size_t plans = 0, wrong = 0, without = 0;
  for (const std::vector<Bench>& benches : all) {
    for (const Bench& bench : benches) {
      plans += bench.plans();
      wrong += bench.wrong_plans() + bench.broken_bounds();
      without += bench.failures();
    }
  }
  report.add({.name = "plans that break their model, lie or pass a bound",
              .unit = "plans",
              .samples = {static_cast<double>(wrong)},
              .peer = "plans made",
              .peer_value = static_cast<double>(plans),
              .goal = Goal{Goal::kAtMost, 0.0}});
  report.add({.name = "instances with no plan found",
              .unit = "runs",
              .samples = {static_cast<double>(without)},
              .peer = "plans made",
              .peer_value = static_cast<double>(plans)});
  if (!benchmark_rows::write(settings.rows, report.finish())) {
    std::fprintf(stderr, "placement_benchmark: %s cannot be written\n", settings.rows.c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace mort

int main(int argc, char** argv) {
  mort::Settings settings;
  CLI::App app("Time and quality of placement, one JSON line for each row.");
  app.add_option("--rows", settings.rows, "File to write")->required();
  app.add_option("--seeds", settings.seeds, "Instances of 300 x 90")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--large-seeds", settings.large_seeds, "Instances of 10 000 x 1 000; 0 = none")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  app.add_option("--best-ms", settings.best_ms, "Time of each search for the best known plan")
      ->check(CLI::Range(1, 3'600'000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  settings.large = settings.large_seeds > 0;
  return mort::run(settings);
}
