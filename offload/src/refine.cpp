// Mort's own algorithm: annealing from the best plan of the others, within a budget of time or
// steps. Source: OFFLOAD 3, refine.
#include <algorithm>
#include <array>

#include "algorithms.hpp"
#include "annealing.hpp"

namespace mort::offload {
namespace {

__extension__ using Int128 = __int128;

/// In the fused model, the part of the budget that goes to the plain one, and how far down the
/// temperature starts after it; in 1024ths.
constexpr std::int64_t kPlainPart = 500;
constexpr std::int64_t kWarm = 200;

/// How far the search is, in 1024ths, by steps or by the clock.
class Budget {
 public:
  explicit Budget(const Options& options)
      : steps_(options.steps),
        clock_(options.clock == nullptr ? own_clock_ : *options.clock),
        start_(clock_.now()),
        budget_(options.budget) {}

  /// Steps to do before the next look; a fused step may take long.
  std::int64_t batch(bool fused) const {
    const std::int64_t most = fused && !steps_ ? 1 : kBatch;
    return steps_ ? std::min(most, *steps_ - done_) : most;
  }
  void done(std::int64_t steps) { done_ += steps; }
  /// 1024 and more: it is used up.
  std::int64_t progress() const {
    if (steps_) return *steps_ <= done_ ? kEnd : done_ * kEnd / *steps_;
    const Nanoseconds spent = clock_.now() - start_;
    return spent >= budget_ ? kEnd : spent.count() * kEnd / budget_.count();
  }

  static constexpr std::int64_t kEnd = 1024;

 private:
  static constexpr std::int64_t kBatch = 64;

  SystemClock own_clock_;
  std::optional<std::int64_t> steps_;
  const Clock& clock_;
  Nanoseconds start_;
  Nanoseconds budget_;
  std::int64_t done_ = 0;
};

/// Falls from the mean rate to a hundredth of it, by the same factor each 1024th; in whole numbers,
/// so that every machine takes the same steps.
std::array<std::int64_t, Budget::kEnd> temperatures() {
  constexpr std::int64_t kFactor = 4'275'694'567;  // 2^32 x 100^(-1/1024)
  constexpr int kFraction = 10;
  std::array<std::int64_t, Budget::kEnd> all;
  std::int64_t scaled = Annealing::kMean << kFraction;
  for (std::int64_t& temperature : all) {
    temperature = scaled >> kFraction;
    scaled = static_cast<std::int64_t>((static_cast<Int128>(scaled) * kFactor) >> 32);
  }
  return all;
}

bool is_better(const graph::Plan& a, const graph::Plan& b, const Options& options) {
  return options.objective == "topic" ? a.traffic < b.traffic : a.profit > b.profit;
}

/// The best plan of the paper's algorithms for the objective asked for; when none has a plan, what
/// the first says.
Result<graph::Plan> best_of_the_others(const graph::Instance& instance, const Options& options) {
  std::vector<Options> tries(2, options);
  tries[0].algorithm = "gbto";
  tries[1].algorithm = "greedy";
  if (options.model == "fused") {
    // greedy asks every node for an antichain for every task: it is left to the plain model.
    tries[1].algorithm = "gfbto";
    tries.push_back(tries[1]);
    tries[2].ties = "low";
    tries[2].fusion = "rmbrf+";
  }
  Result<graph::Plan> best = offload::plan(instance, tries[0]);
  for (std::size_t i = 1; i < tries.size(); ++i) {
    Result<graph::Plan> found = offload::plan(instance, tries[i]);
    if (found && (!best || is_better(*found, *best, options))) best = std::move(found);
  }
  return best;
}

/// Anneals from `start` until the budget's progress is `until`; begins at the temperature of
/// `hottest`, in 1024ths of its way down.
graph::Plan anneal(const graph::Instance& instance, const Options& options,
                   const graph::Plan& start, Budget& budget, std::int64_t hottest,
                   std::int64_t until) {
  const Model model(instance, options.model);
  const auto objective = make_objective(model, options.objective);
  Annealing search(model, *objective, start.assign, options.seed);
  const auto temperature = temperatures();
  const std::int64_t begun = budget.progress();
  while (model.tasks() > 0 && model.nodes() > 1) {
    const std::int64_t progress = budget.progress();
    if (progress >= until) break;
    const std::int64_t down =
        hottest + (Budget::kEnd - hottest) * (progress - begun) / (until - begun);
    const std::int64_t batch = budget.batch(model.fused());
    for (std::int64_t i = 0; i < batch; ++i) search.step(temperature[down]);
    budget.done(batch);
  }
  return finish(model, search.best(), "refine", options);
}

}  // namespace

Result<graph::Plan> Refine::plan(const graph::Instance& instance, const Options& options) const {
  Budget budget(options);
  MORT_TRY(start, best_of_the_others(instance, options));
  if (options.model != "fused") return anneal(instance, options, start, budget, 0, Budget::kEnd);
  // Steps in the plain model are much cheaper, and what fits there fits fused as well.
  Options plain = options;
  plain.model = "plain";
  if (const Result<graph::Plan> others = best_of_the_others(instance, plain)) {
    const graph::Plan found = anneal(instance, plain, *others, budget, 0, kPlainPart);
    if (is_better(found, start, options)) start = found;
  }
  return anneal(instance, options, start, budget, kWarm, Budget::kEnd);
}

}  // namespace mort::offload
