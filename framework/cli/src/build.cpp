#include "build.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "analysis.hpp"
#include "mort/base/file_record.hpp"
#include "mort/base/process.hpp"
#include "mort/base/sha256.hpp"
#include "paths.hpp"

namespace mort::cli {

namespace fs = std::filesystem;

namespace {

constexpr const char* kLibrary = "tasks.so";
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

/// A library is instrumented as the worker that loads it is: what they share passes through inlined
/// code of the SDK on both sides.
std::vector<std::string> sanitizer_flags() {
  const std::string sanitizers = MORT_BUILD_SANITIZE;
  if (sanitizers.empty()) return {};
  return {"-fsanitize=" + sanitizers, "-fno-omit-frame-pointer", "-fno-sanitize-recover=all",
          "-g1"};
}

/// What earlier builds of the same sources gave, valid while every file that was read is unchanged.
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
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  /// Is outcome `name` there, made from what the files are now?
  bool valid(const std::string& name) {
    const auto record = FileRecord::from_text(read_text(path(name + ".files")));
    return record && fs::exists(path(name)) && record->unchanged(hashes_);
  }

  /// Outcome `name` is about to be made anew.
  void drop(const std::string& name) const {
    std::error_code ignored;
    fs::remove(path(name + ".files"), ignored);
  }

  /// Outcome `name` has been written. Files that change meanwhile make it be made again.
  void keep(const std::string& name, const std::vector<std::string>& files,
            const std::vector<std::string>& missing) {
    const auto record = FileRecord::take(files, missing, hashes_, begun_);
    static_cast<void>(write_text(path(name + ".files"), record ? record->to_text() : ""));
  }

  /// The library under a name of its content, which a later build does not touch.
  Result<std::string> library() const {
    const fs::path built = folder_ / kLibrary;
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
  FileHashes hashes_;
  const std::chrono::system_clock::time_point begun_ = std::chrono::system_clock::now();
  int lock_ = -1;
};

/// Files that the sources were read from, and those that were looked for in vain.
struct FilesRead {
  std::vector<std::string> files;
  std::vector<std::string> missing;
};

FilesRead read_depfile(const std::string& path) {
  FilesRead read;
  std::istringstream list(read_text(path));
  for (std::string line; std::getline(list, line);) {
    if (line.starts_with("- "))
      read.missing.push_back(line.substr(2));
    else
      read.files.push_back(line);
  }
  return read;
}

/// Leaves the graph in `output`, and beside it, as .dep, what it was read from.
Result<void> analyze(const graph::Job& job, const std::vector<std::string>& set,
                     const std::string& output) {
  AnalyzeOptions options;
  options.job = job.file;
  options.set = set;
  options.format = "json";
  options.depfile = output + ".dep";
  MORT_TRY(run, run_analyzer(options));
  return write_text(output, run.out);
}

/// Adds the files of the rule that the compiler wrote: "object: file file \\", spaces escaped.
void read_make_rule(const std::string& path, std::vector<std::string>& files) {
  const std::string text = read_text(path);
  std::string file;
  for (std::size_t i = text.find(": ") + 1; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 1 < text.size();
    if (escaped && text[i + 1] != '\n') {
      file += text[++i];
    } else if (!escaped && std::isspace(static_cast<unsigned char>(text[i])) == 0) {
      file += text[i];
    } else if (!file.empty()) {
      files.push_back(fs::absolute(file).string());
      file.clear();
    }
  }
}

Result<void> compile_one(const std::string& source, const std::string& object,
                         const std::vector<std::string>& flags) {
  std::vector<std::string> command = {compiler()};
  command.insert(command.end(), flags.begin(), flags.end());
  for (const char* flag : {"-fvisibility-inlines-hidden", "-MD", "-c"}) command.emplace_back(flag);
  command.insert(command.end(), {source, "-o", object});
  MORT_TRY(run, run_process(command, kCompileTimeout));
  if (run.exit_code == 0) return {};
  std::fputs(run.err.c_str(), stderr);
  return fail(ErrorCode::kInvalid, "the compiler refuses a task source", source,
              "mend what the compiler names above");
}

Result<void> compile(const graph::Job& job, const Cache& cache) {
  auto flags = sdk_flags();
  flags.emplace_back("-fstack-clash-protection");  // no frame steps over the guard of a stack
  for (const std::string& folder : job.include) flags.push_back("-I" + folder);
  const auto sanitizers = sanitizer_flags();
  flags.insert(flags.end(), sanitizers.begin(), sanitizers.end());
  std::vector<std::string> objects;
  for (std::size_t i = 0; i < job.sources.size(); ++i) {
    objects.push_back(cache.path(std::to_string(i) + ".o"));
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
  std::vector<std::string> link = {compiler(), "-shared", "-Wl,-z,defs", "-o",
                                   cache.path(kLibrary)};
  if (sanitizers.empty()) link.emplace_back("-s");  // else reports name lines of the tasks
  link.insert(link.end(), sanitizers.begin(), sanitizers.end());
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
  std::string text = "4 " + compiler() + " " + machine_architecture() + " " + library_dir();
  for (const auto* list : {&job.sources, &job.include}) {
    for (const std::string& item : *list) text += "\n" + item;
    text += "\n";
  }
  for (const std::string& flag : sdk_flags()) text += "\n" + flag;
  // Another analyzer may see more, and another library be linked.
  text += "\n" + file_identity(analyze_program()) + "\n" +
          file_identity(library_dir() + "/libmort.so") + "\n" + include_environment();
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

Result<BuiltJob> build_job(const std::string& job_file, const BuildOptions& options) {
  BuiltJob built;
  MORT_TRY(job, graph::load_job(job_file));
  for (const std::string& assignment : options.set)
    MORT_TRY_VOID(graph::set_param(job, assignment));
  const auto say = [&](const std::string& text) {
    if (options.progress) options.progress(text);
  };
  const std::string sources =
      std::to_string(job.sources.size()) + (job.sources.size() == 1 ? " source" : " sources");
  const std::string root = fs::absolute(job.file).parent_path().string();
  Cache cache(cache_key(job));

  // The library depends on the sources alone, the graph on the YAML and its parameters, too.
  std::string inputs = fs::absolute(job.file).string();
  for (const std::string& assignment : options.set)
    inputs += "\n" + std::to_string(assignment.size()) + " " + assignment;
  const std::string graph_name = "graph-" + sha256_hex(inputs).substr(0, 16) + ".json";
  const std::string graph_file = cache.path(graph_name);
  const bool kept = cache.valid(graph_name);
  if (!kept) {
    say("analysing " + sources);
    cache.drop(graph_name);
    MORT_TRY_VOID(analyze(job, options.set, graph_file));
  }
  const std::string graph_text = read_text(graph_file);
  const FilesRead read = read_depfile(graph_file + ".dep");
  MORT_TRY(findings, graph::diagnostics_from_json(graph_text));
  MORT_TRY_VOID(judge(findings, root));
  MORT_TRY(graph, graph::task_graph_from_json(graph_text));
  MORT_TRY_VOID(judge(graph::check(job, graph), root));
  if (!kept) {  // what was refused is looked at again: the reason may have been a full memory
    std::vector<std::string> files = read.files;
    files.push_back(fs::absolute(job.file).string());
    cache.keep(graph_name, files, read.missing);
  }
  if (options.compile && !cache.valid(kLibrary)) {
    say("compiling " + sources);
    cache.drop(kLibrary);
    MORT_TRY_VOID(compile(job, cache));
    std::vector<std::string> files = read.files;
    for (std::size_t i = 0; i < job.sources.size(); ++i)
      read_make_rule(cache.path(std::to_string(i) + ".d"), files);
    cache.keep(kLibrary, files, read.missing);
  }
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
