#include "build.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "mort/base/process.hpp"
#include "mort/base/sha256.hpp"
#include "paths.hpp"

namespace mort::cli {

namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

constexpr int kAnalyzeTimeout = 300;
constexpr int kCompileTimeout = 600;

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Writes beside the target and renames, so that a reader never sees half a file.
Result<void> write_text(const fs::path& path, const std::string& text) {
  const fs::path temporary = path.string() + "." + std::to_string(getpid());
  std::ofstream file(temporary, std::ios::binary);
  file << text;
  file.close();
  std::error_code error;
  fs::rename(temporary, path, error);
  if (!file || error)
    return fail(ErrorCode::kFailed, "cannot write", path.string(),
                "free disk space, or set XDG_CACHE_HOME");
  return {};
}

std::string compiler() {
  const char* cxx = std::getenv("CXX");
  return cxx == nullptr || *cxx == '\0' ? "g++" : cxx;
}

std::string place_text(const graph::Diagnostic& finding) {
  const std::string place = to_string(finding.place);
  return place.empty() ? "" : place + ": ";
}

void print(const graph::Diagnostic& finding) {
  std::fprintf(stderr, "%s%s: %s%s\n", place_text(finding).c_str(), finding.severity.c_str(),
               finding.message.c_str(),
               finding.code.empty() ? "" : (" [" + finding.code + "]").c_str());
  for (const std::string& note : finding.notes) {
    std::istringstream lines(note);  // definitions of types are several
    for (std::string line; std::getline(lines, line);) std::fprintf(stderr, "  %s\n", line.c_str());
  }
}

/// What one earlier build of the same sources gave, valid while every file that was read is
/// unchanged.
class Cache {
 public:
  explicit Cache(const std::string& key) : folder_(fs::path(cache_dir()) / "build" / key) {
    std::error_code ignored;
    fs::create_directories(folder_, ignored);
    lock_ = open((folder_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ >= 0) flock(lock_, LOCK_EX);  // two builds of one job side by side take turns
  }
  ~Cache() {
    if (lock_ >= 0) close(lock_);
  }
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  const fs::path& folder() const { return folder_; }

  bool valid(bool needs_library) const {
    const Json index = Json::parse(read_text(folder_ / "index.json"), nullptr, false);
    if (!index.is_object()) return false;
    for (const auto& [file, hash] : index.items()) {
      const auto now = sha256_file(file);
      if (!now || *now != hash) return false;
    }
    return fs::exists(folder_ / "graph.json") &&
           (!needs_library || fs::exists(folder_ / "tasks.so"));
  }

  Result<void> save(const std::vector<std::string>& files, const std::string& graph) const {
    Json index = Json::object();
    for (const std::string& file : files) {
      auto hash = sha256_file(file);
      if (hash) index[file] = *hash;
    }
    MORT_TRY_VOID(write_text(folder_ / "graph.json", graph));
    return write_text(folder_ / "index.json", index.dump());
  }

  /// Whether the graph was read with the values that `job` gives the parameters that shaped it.
  bool has_params_of(const graph::Job& job) const {
    const auto graph = graph::task_graph_from_json(read_text(folder_ / "graph.json"));
    return graph && std::all_of(graph->params.begin(), graph->params.end(), [&](const auto& one) {
             const auto found = job.params.find(one.first);
             return found != job.params.end() && found->second.value == one.second;
           });
  }

  void clear() const {
    std::error_code ignored;
    fs::remove(folder_ / "index.json", ignored);
    fs::remove(folder_ / "tasks.so", ignored);
  }

  /// The library under a name of its content, which a later build does not touch.
  Result<std::string> library() const {
    const fs::path built = folder_ / "tasks.so";
    MORT_TRY(hash, sha256_file(built.string()));
    const fs::path kept = folder_ / (hash + ".so");
    std::error_code error;
    if (!fs::exists(kept)) fs::create_hard_link(built, kept, error);
    if (error)
      return fail(ErrorCode::kFailed, "cannot keep the library: " + error.message(), kept.string());
    return kept.string();
  }

 private:
  const fs::path folder_;
  int lock_ = -1;
};

Result<std::string> analyze(const graph::Job& job, const Cache& cache,
                            std::vector<std::string>& files) {
  const std::string depfile = (cache.folder() / "files").string();
  std::vector<std::string> command = {
      analyze_program(),
      "--format",
      "json",
      "--root",
      fs::absolute(job.file).parent_path().string(),
      "--depfile",
      depfile,
      "-j",
      std::to_string(std::max(1U, std::thread::hardware_concurrency()))};
  command.insert(command.end(), job.sources.begin(), job.sources.end());
  command.emplace_back("--");
  const auto flags = compile_flags(job);
  command.insert(command.end(), flags.begin(), flags.end());
  MORT_TRY(run, run_process(command, kAnalyzeTimeout));
  if (run.exit_code != 0 && run.exit_code != 2) {
    return fail(ErrorCode::kInvalid,
                "the analyzer ended with " + std::to_string(run.exit_code) + ": " + run.err,
                job.file,
                "is the development package (mort-analyze, Clang 14) installed? If so, a source "
                "makes Clang crash");
  }
  if (run.out.empty()) return fail(ErrorCode::kInvalid, run.err, job.file);
  MORT_TRY(findings, graph::diagnostics_from_json(run.out));
  MORT_TRY_VOID(judge(findings));
  std::istringstream list(read_text(depfile));
  for (std::string file; std::getline(list, file);) files.push_back(file);
  return run.out;
}

Result<void> compile_one(const std::string& source, const std::string& object,
                         const std::vector<std::string>& flags) {
  std::vector<std::string> command = {compiler()};
  command.insert(command.end(), flags.begin(), flags.end());
  for (const char* flag : {"-O2", "-fPIC", "-fvisibility-inlines-hidden", "-c"})
    command.emplace_back(flag);
  command.insert(command.end(), {source, "-o", object});
  MORT_TRY(run, run_process(command, kCompileTimeout));
  if (run.exit_code == 0) return {};
  std::fputs(run.err.c_str(), stderr);
  return fail(ErrorCode::kInvalid, "the compiler refuses a task source", source,
              "mend what the compiler names above");
}

Result<void> compile(const graph::Job& job, const Cache& cache) {
  const auto flags = compile_flags(job);
  std::vector<std::string> objects;
  for (std::size_t i = 0; i < job.sources.size(); ++i) {
    objects.push_back((cache.folder() / (std::to_string(i) + ".o")).string());
  }
  std::vector<Result<void>> results(job.sources.size());
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&] {
      for (std::size_t n = next++; n < objects.size(); n = next++)
        results[n] = compile_one(job.sources[n], objects[n], flags);
    });
  }
  threads.clear();
  for (auto& result : results) MORT_TRY_VOID(std::move(result));
  std::vector<std::string> link = {
      compiler(), "-shared", "-s", "-Wl,-z,defs", "-o", (cache.folder() / "tasks.so").string()};
  link.insert(link.end(), objects.begin(), objects.end());
  link.insert(link.end(), {"-L" + library_dir(), "-lmort"});
  MORT_TRY(run, run_process(link, kCompileTimeout));
  std::error_code ignored;
  for (const std::string& object : objects) fs::remove(object, ignored);
  if (run.exit_code == 0) return {};
  std::fputs(run.err.c_str(), stderr);
  return fail(ErrorCode::kInvalid, "the tasks do not link", job.file,
              "mend what the linker names above");
}

std::string cache_key(const graph::Job& job) {
  std::string text = "2 " + compiler() + " " + machine_architecture() + " " + library_dir();
  for (const std::string& source : job.sources) text += "\n" + source;
  for (const std::string& flag : compile_flags(job)) text += "\n" + flag;
  if (!job.declares.empty()) text += "\n" + read_text(job.file);
  return sha256_hex(text).substr(0, 32);
}

Result<void> add_artifact(BuiltJob& built, const std::string& path, const std::string& kind,
                          const std::string& name) {
  MORT_TRY(artifact, graph::describe_artifact(path, kind, name));
  built.files[artifact.sha256] = path;
  built.manifest.artifacts.push_back(std::move(artifact));
  return {};
}

}  // namespace

Result<void> judge(const std::vector<graph::Diagnostic>& findings) {
  const graph::Diagnostic* first = nullptr;
  std::size_t errors = 0;
  for (const graph::Diagnostic& finding : findings) {
    print(finding);
    if (finding.severity != "error") continue;
    ++errors;
    if (first == nullptr) first = &finding;
  }
  if (first == nullptr) return {};
  return fail(ErrorCode::kInvalid,
              "the job is refused: " + std::to_string(errors) +
                  (errors == 1 ? " error" : " errors") + " in its sources",
              to_string(first->place), "mend what is named above");
}

std::vector<std::string> compile_flags(const graph::Job& job) {
  std::vector<std::string> flags = {"-std=c++20"};
  for (const std::string& folder : sdk_includes()) flags.push_back("-isystem" + folder);
  for (const std::string& folder : job.include) flags.push_back("-I" + folder);
  return flags;
}

Result<BuiltJob> build_job(const std::string& job_file, const BuildOptions& options) {
  BuiltJob built;
  MORT_TRY(job, graph::load_job(job_file));
  for (const std::string& assignment : options.set)
    MORT_TRY_VOID(graph::set_param(job, assignment));
  const auto say = [&](const std::string& text) {
    if (options.progress) options.progress(text);
  };
  const Cache cache(cache_key(job));
  const bool kept = cache.valid(options.compile);
  if (!kept || !cache.has_params_of(job)) {
    if (!kept) cache.clear();
    const std::string sources =
        std::to_string(job.sources.size()) + (job.sources.size() == 1 ? " source" : " sources");
    say("analysing " + sources);
    std::vector<std::string> files;
    MORT_TRY(graph_text, analyze(job, cache, files));
    if (options.compile && !kept) {
      say("compiling " + sources);
      MORT_TRY_VOID(compile(job, cache));
    }
    MORT_TRY_VOID(cache.save(files, graph_text));
  }
  MORT_TRY(graph, graph::task_graph_from_json(read_text(cache.folder() / "graph.json")));
  MORT_TRY_VOID(judge(graph::check(job, graph)));
  built.manifest.job = std::move(job);
  built.manifest.graph = std::move(graph);
  if (options.compile) {
    MORT_TRY(library, cache.library());
    MORT_TRY_VOID(add_artifact(built, library, "library", machine_architecture()));
  }
  for (const auto& [name, param] : built.manifest.job.params) {
    if (param.file) MORT_TRY_VOID(add_artifact(built, param.value, "file", name));
  }
  return built;
}

}  // namespace mort::cli
