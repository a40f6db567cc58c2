#include "plan_flags.hpp"

#include <algorithm>

namespace mort::cli {

void add_plan_flags(CLI::App& command, agent::PlanChoices& choices, const PlanFlags& flags) {
  for (const agent::PlanOption& option : agent::plan_option_table()) {
    std::string flag = "--" + option.name;
    std::replace(flag.begin(), flag.end(), '_', '-');
    const bool optimal = flags.optimal && option.name == "algorithm";
    command
        .add_option_function<std::string>(
            flag,
            [&choices, name = option.name](const std::string& value) { choices[name] = value; },
            option.help + (optimal ? ", optimal" : ""))
        ->check([name = option.name, optimal, limits = flags.limits](const std::string& value) {
          if (optimal && value == "optimal") return std::string();
          const auto read = agent::plan_options({{name, value}}, limits);
          return read ? std::string() : read.error().message + "; " + read.error().cure;
        })
        ->default_str(option.standard)
        ->group("Planner");
  }
}

}  // namespace mort::cli
