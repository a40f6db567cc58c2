#include "mort/agent/plan_options.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace mort::agent {
namespace {

using offload::Options;

std::string join(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

/// Takes `value` if it is one of `known`; else says which are.
Result<void> choose(std::string& into, const std::string& value,
                    const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), value) != known.end()) {
    into = value;
    return {};
  }
  return fail(ErrorCode::kInvalid, "unknown value \"" + value + "\"", {},
              "use one of " + join(known));
}

template <class T>
Result<T> number(const std::string& value, T min, T max) {
  T read{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), read);
  const bool whole = error == std::errc{} && end == value.data() + value.size();
  if (whole && read >= min && read <= max) return read;
  std::ostringstream cure;
  cure << "give a number from " << min << " to " << max;
  return fail(ErrorCode::kInvalid, "\"" + value + "\" is not a number as expected", {}, cure.str());
}

template <class T>
std::string text(T value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

struct Setting {
  const char* name;
  const char* help;
  Result<void> (*set)(Options& options, const std::string& value, const PlanLimits& limits);
  std::string (*show)(const Options& options);
};

const Setting kSettings[] = {
    {"algorithm", "Placement algorithm",
     [](Options& o, const std::string& v, const PlanLimits&) {
       return choose(o.algorithm, v, offload::algorithms());
     },
     [](const Options& o) { return o.algorithm; }},
    {"objective", "topic: least traffic between nodes; edge: most profit",
     [](Options& o, const std::string& v, const PlanLimits&) {
       return choose(o.objective, v, {"topic", "edge"});
     },
     [](const Options& o) { return o.objective; }},
    {"model",
     "What a node can hold: plain adds up the cpu of its tasks, fused shares it along paths",
     [](Options& o, const std::string& v, const PlanLimits&) {
       return choose(o.model, v, {"plain", "fused"});
     },
     [](const Options& o) { return o.model; }},
    {"fusion", "How gfbto reckons the cpu of a fused group: rmbrf, rmbrf+ or exact",
     [](Options& o, const std::string& v, const PlanLimits&) {
       return choose(o.fusion, v, {"rmbrf", "rmbrf+", "exact"});
     },
     [](const Options& o) { return o.fusion; }},
    {"ties", "Which of two equal nodes gfbto takes: of high or low utilisation",
     [](Options& o, const std::string& v, const PlanLimits&) {
       return choose(o.ties, v, {"high", "low"});
     },
     [](const Options& o) { return o.ties; }},
    {"seed", "Seed of refine",
     [](Options& o, const std::string& v, const PlanLimits&) -> Result<void> {
       MORT_TRY(seed, number<std::uint64_t>(v, 0, UINT64_MAX));
       o.seed = seed;
       return {};
     },
     [](const Options& o) { return text(o.seed); }},
    {"steps", "Moves that refine tries, instead of a time",
     [](Options& o, const std::string& v, const PlanLimits& limits) -> Result<void> {
       MORT_TRY(steps, number<std::int64_t>(v, 0, limits.steps));
       o.steps = steps;
       return {};
     },
     [](const Options& o) { return o.steps ? text(*o.steps) : std::string(); }},
    {"budget_ms", "Time that refine may take, in milliseconds",
     [](Options& o, const std::string& v, const PlanLimits& limits) -> Result<void> {
       MORT_TRY(budget, number<std::int64_t>(v, 1, limits.budget_ms));
       o.budget = std::chrono::milliseconds(budget);
       return {};
     },
     [](const Options& o) { return text(o.budget.count()); }},
    {"io_bound_share", "auto: takes gfbto above this share of I/O-bound tasks, 0 to 1",
     [](Options& o, const std::string& v, const PlanLimits&) -> Result<void> {
       MORT_TRY(share, number<double>(v, 0, 1));
       o.io_bound_share = share;
       return {};
     },
     [](const Options& o) { return text(o.io_bound_share); }},
    {"busy_fleet",
     "auto: takes gbto when more than this share of the fleet's cpu is in use, 0 to 1",
     [](Options& o, const std::string& v, const PlanLimits&) -> Result<void> {
       MORT_TRY(share, number<double>(v, 0, 1));
       o.busy_fleet = share;
       return {};
     },
     [](const Options& o) { return text(o.busy_fleet); }},
};

}  // namespace

Options default_plan_options() {
  Options options;
  options.objective = "topic";
  return options;
}

std::vector<PlanOption> plan_option_table() {
  std::vector<PlanOption> table;
  const Options standard = default_plan_options();
  for (const Setting& setting : kSettings)
    table.push_back({setting.name, setting.help, setting.show(standard)});
  table.front().help += ": " + join(offload::algorithms());
  return table;
}

Result<Options> plan_options(const PlanChoices& choices, const PlanLimits& limits) {
  Options options = default_plan_options();
  for (const auto& [name, value] : choices) {
    const auto* setting =
        std::find_if(std::begin(kSettings), std::end(kSettings),
                     [&name = name](const Setting& one) { return name == one.name; });
    if (setting == std::end(kSettings)) {
      std::vector<std::string> known;
      for (const Setting& one : kSettings) known.emplace_back(one.name);
      return fail(ErrorCode::kInvalid, "the planner has no setting \"" + name + "\"", {},
                  "use one of " + join(known));
    }
    if (auto set = setting->set(options, value, limits); !set) {
      Error error = set.error();
      error.where = name;
      return tl::unexpected<Error>(std::move(error));
    }
  }
  return options;
}

}  // namespace mort::agent
