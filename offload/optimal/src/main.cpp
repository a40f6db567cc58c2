// mort-optimal: the optimum as a program of its own, so that `mort` does not need CBC.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "mort/optimal/optimal.hpp"

namespace {

using namespace mort;

/// What a reader of documents takes at most, and a little more, so that it says that it is too
/// much.
constexpr std::size_t kMostBytes = (std::size_t{64} << 20) + 1;
constexpr std::size_t kBlock = std::size_t{1} << 16;

Result<std::string> read(const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  if (!in) {
    return fail(ErrorCode::kInvalid, std::string("cannot be read: ") + std::strerror(errno), path,
                "give the file of an instance (mort-instance-1), or - for the standard input");
  }
  std::string text;
  std::error_code unknown;  // of a pipe, for one
  const std::uintmax_t size = std::filesystem::file_size(path, unknown);
  if (!unknown) text.reserve(std::min<std::uintmax_t>(size, kMostBytes + kBlock));
  std::vector<char> block(kBlock);
  while (text.size() < kMostBytes && in.read(block.data(), block.size()).gcount() > 0)
    text.append(block.data(), in.gcount());
  return text;
}

Result<void> write(const std::string& path, const std::string& text) {
  if (path.empty()) {
    std::cout << text << std::flush;
    if (std::cout) return {};
  } else {
    std::ofstream file(path, std::ios::binary);
    file << text << std::flush;
    if (file) return {};
  }
  return fail(ErrorCode::kFailed, "the plan cannot be written", path, "name another file");
}

Result<void> run(const std::string& path, const offload::Options& options, double seconds,
                 const std::string& out) {
  MORT_TRY(text, read(path));
  MORT_TRY(instance, graph::instance_from_json(text, path == "-" ? "standard input" : path));
  optimal::Limits limits;
  limits.time = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
  MORT_TRY(plan, optimal::optimal(instance, options, limits));
  return write(out, to_json(plan));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Finds the best plan that there is, for small instances, or says how far it may be.");
  std::string instance;
  offload::Options options;
  double seconds = 30;
  std::string out;
  app.add_option("instance", instance, "Instance (mort-instance-1), or - for the standard input")
      ->required();
  app.add_option("--model", options.model, "What fits on a node: plain, or fused")
      ->check(CLI::IsMember({"plain", "fused"}))
      ->capture_default_str();
  app.add_option("--objective", options.objective, "edge: most profit; topic: least traffic")
      ->check(CLI::IsMember({"edge", "topic"}))
      ->capture_default_str();
  app.add_option("--time-limit", seconds, "Seconds, after which the best plan so far is the answer")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--out", out, "Write the plan here instead of to the standard output");
  app.footer("Exit: 0 a plan, 2 instance refused, 3 nothing fits.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto done = run(instance, options, seconds, out);
  if (done) return 0;
  std::cerr << to_string(done.error()) << "\n";
  return exit_code(done.error());
}
