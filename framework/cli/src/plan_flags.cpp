#include "plan_flags.hpp"

#include <algorithm>

namespace mort::cli {

std::string flag_name(std::string setting) {
  std::replace(setting.begin(), setting.end(), '_', '-');
  return setting;
}

void add_plan_flags(CLI::App& command, agent::PlanChoices& choices, const PlanFlags& flags) {
  for (const agent::PlanOption& option : agent::plan_option_table()) {
    const bool optimal = flags.plan_command && option.name == "algorithm";
    const bool two_defaults = flags.plan_command && option.name == "objective";
    command
        .add_option_function<std::string>(
            "--" + flag_name(option.name),
            [&choices, name = option.name](const std::string& value) { choices[name] = value; },
            option.help + (optimal ? ", optimal" : ""))
        ->check([name = option.name, optimal, limits = flags.limits](const std::string& value) {
          if (optimal && value == "optimal") return std::string();
          const auto read = agent::plan_options({{name, value}}, limits);
          return read ? std::string()
                      : read.error().message + "; " + read.error().cure +
                            (optimal ? ", optimal" : "");
        })
        ->default_str(option.standard + (two_defaults ? ", with --instance edge" : ""))
        ->group("Planner");
  }
}

}  // namespace mort::cli
