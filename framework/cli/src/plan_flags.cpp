#include "plan_flags.hpp"

#include <algorithm>

namespace mort::cli {

void add_plan_flags(CLI::App& command, agent::PlanChoices& choices) {
  for (const agent::PlanOption& option : agent::plan_option_table()) {
    std::string flag = "--" + option.name;
    std::replace(flag.begin(), flag.end(), '_', '-');
    command
        .add_option_function<std::string>(
            flag,
            [&choices, name = option.name](const std::string& value) { choices[name] = value; },
            option.help)
        ->check([name = option.name](const std::string& value) {
          const auto read = agent::plan_options({{name, value}});
          return read ? std::string() : read.error().message + "; " + read.error().cure;
        })
        ->default_str(option.standard)
        ->group("Planner");
  }
}

}  // namespace mort::cli
