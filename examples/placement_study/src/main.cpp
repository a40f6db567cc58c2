// placement_study: placement instances by recipe, and the paper's experiments over them.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "commands.hpp"

int main(int argc, char** argv) {
  using namespace mort::placement_study;
  CLI::App app("Placement instances by recipe, and the paper's experiments over them.");
  app.require_subcommand(1);
  int code = 0;
  const auto report = [&code](const mort::Result<void>& result) {
    if (result) return;
    std::fprintf(stderr, "placement_study: %s\n", mort::to_string(result.error()).c_str());
    code = mort::exit_code(result.error());
  };
  add_generate(app, report);
  add_run(app, report);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return code;
}
