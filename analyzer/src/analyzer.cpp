// The driver: parses each source, reads its tasks, and joins what the sources say.
#include "mort/analyzer/analyzer.hpp"

#include <clang/AST/ASTConsumer.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendAction.h>
#include <clang/Tooling/Tooling.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <tuple>

#include "source/reporter.hpp"
#include "tasks/task_reader.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

std::string absolute_path(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

/// Is this a flag that only says how to read C++? All others could load code or write files.
bool is_reading_flag(const std::string& flag, bool& has_value) {
  static const std::vector<std::string> kWithValue = {
      "-I", "-D", "-U", "-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-isysroot"};
  static const std::vector<std::string> kPrefixes = {"-I",           "-D",
                                                     "-U",           "-isystem",
                                                     "-iquote",      "-idirafter",
                                                     "-std=",        "-stdlib=",
                                                     "-W",           "-O",
                                                     "-g",           "--sysroot=",
                                                     "--target=",    "-ftemplate-depth",
                                                     "-fconstexpr-", "-include",
                                                     "-imacros",     "-m"};
  static const std::vector<std::string> kExact = {
      "-pthread",     "-fexceptions",  "-fno-exceptions", "-frtti",    "-fno-rtti", "-fchar8_t",
      "-fno-char8_t", "-fsigned-char", "-funsigned-char", "-fPIC",     "-fpic",     "-fcoroutines",
      "-nostdinc",    "-nostdinc++",   "-fshort-enums",   "-pedantic", "-w"};
  has_value = std::find(kWithValue.begin(), kWithValue.end(), flag) != kWithValue.end();
  if (has_value || std::find(kExact.begin(), kExact.end(), flag) != kExact.end()) return true;
  if (flag.rfind("-mllvm", 0) == 0 || flag.rfind("-Wp,", 0) == 0 || flag.rfind("-Wa,", 0) == 0 ||
      flag.rfind("-Wl,", 0) == 0)
    return false;
  return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [&](const std::string& prefix) { return flag.rfind(prefix, 0) == 0; });
}

std::vector<std::string> command_line(const Options& options, const std::string& source) {
  std::vector<std::string> command = {MORT_CLANG_RESOURCE_DIR "/../../../bin/clang++",
                                      "-fsyntax-only", "-resource-dir", MORT_CLANG_RESOURCE_DIR,
                                      "-std=c++20"};
  for (std::size_t i = 0; i < options.compile_flags.size(); ++i) {
    const std::string& flag = options.compile_flags[i];
    bool has_value = false;
    if (is_reading_flag(flag, has_value)) {
      command.push_back(flag);
      if (has_value && i + 1 < options.compile_flags.size())
        command.push_back(options.compile_flags[++i]);
    } else if (flag == "-Xclang" || flag == "-mllvm" || flag == "-o" || flag == "-load") {
      ++i;
    }
  }
  command.insert(command.end(),
                 {"-w", "-ferror-limit=100", "-fno-caret-diagnostics", "-x", "c++", source});
  return command;
}

/// Keeps Clang's errors, with their notes.
class ErrorCollector : public DiagnosticConsumer {
 public:
  ErrorCollector(const std::string& root, const std::string& source, Unit& unit)
      : root_(root), source_(source), unit_(unit) {}

  void HandleDiagnostic(DiagnosticsEngine::Level level, const Diagnostic& info) override {
    DiagnosticConsumer::HandleDiagnostic(level, info);
    llvm::SmallString<256> text;
    info.FormatDiagnostic(text);
    if (level == DiagnosticsEngine::Note) {
      if (last_ != kNone && unit_.diagnostics[last_].notes.size() < 6) {
        const std::string where = graph::to_string(place(info));
        unit_.diagnostics[last_].notes.push_back(where + ": " + text.str().str());
      }
      return;
    }
    last_ = kNone;
    if (level < DiagnosticsEngine::Error || unit_.diagnostics.size() >= 50) return;
    unit_.diagnostics.push_back({"error", "clang", text.str().str(), place(info), {}});
    last_ = unit_.diagnostics.size() - 1;
  }

 private:
  graph::Place place(const Diagnostic& info) const {
    if (!info.hasSourceManager() || info.getLocation().isInvalid())
      return {display_path(source_, root_), 0, 0};
    Unit unused;
    return Reporter(info.getSourceManager(), root_, unused).place(info.getLocation());
  }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::string root_;
  std::string source_;
  Unit& unit_;
  std::size_t last_ = kNone;
};

class Consumer : public ASTConsumer {
 public:
  Consumer(std::string root, Unit& unit) : root_(std::move(root)), unit_(unit) {}

  void HandleTranslationUnit(ASTContext& context) override {
    const SourceManager& sources = context.getSourceManager();
    for (auto file = sources.fileinfo_begin(); file != sources.fileinfo_end(); ++file) {
      std::error_code bad;
      const auto real = std::filesystem::canonical(file->first->getName().str(), bad);
      if (!bad) unit_.files_read.push_back(real.string());
    }
    // A tree with holes would only give findings that follow from Clang's own. Message types that
    // the SDK's templates choke on leave no holes in the task's code, and the analyzer has better
    // words for them.
    auto& found = unit_.diagnostics;
    const bool all_in_sdk =
        std::all_of(found.begin(), found.end(), [](const graph::Diagnostic& error) {
          return error.place.file.find("mort/message/") != std::string::npos;
        });
    if (!all_in_sdk) return;
    const std::size_t of_clang = found.size();
    read_tasks(context, Reporter(sources, root_, unit_), unit_);
    const bool explained = std::any_of(
        found.begin() + static_cast<std::ptrdiff_t>(of_clang), found.end(),
        [](const graph::Diagnostic& error) { return error.code.rfind("message-", 0) == 0; });
    if (explained)
      found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(of_clang));
  }

 private:
  std::string root_;
  Unit& unit_;
};

class Action : public ASTFrontendAction {
 public:
  Action(const std::string& root, Unit& unit) : root_(root), unit_(unit) {}
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance&, StringRef) override {
    return std::make_unique<Consumer>(root_, unit_);
  }

 private:
  std::string root_;
  Unit& unit_;
};

Unit read_source(const Options& options, const std::string& source) {
  Unit unit;
  // A file system of its own keeps the parses of several threads apart.
  llvm::IntrusiveRefCntPtr<FileManager> files(
      new FileManager(FileSystemOptions(), llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem>(
                                               llvm::vfs::createPhysicalFileSystem().release())));
  ErrorCollector errors(options.display_root, source, unit);
  tooling::ToolInvocation invocation(command_line(options, source),
                                     std::make_unique<Action>(options.display_root, unit),
                                     files.get());
  invocation.setDiagnosticConsumer(&errors);
  const bool good = invocation.run();
  if (!good && unit.diagnostics.empty()) {
    unit.diagnostics.push_back({"error",
                                "clang",
                                "Clang could not parse this file",
                                {display_path(source, options.display_root), 0, 0},
                                {}});
  }
  for (auto& found : unit.diagnostics) {
    if (found.code == "clang")
      found.notes.push_back(
          "cure: correct it as for any compiler; flags and include directories come from the job");
  }
  std::error_code bad;
  const auto real = std::filesystem::canonical(source, bad);
  unit.files_read.push_back(bad ? source : real.string());
  return unit;
}

auto order_of(const graph::Diagnostic& d) {
  return std::tie(d.place.file, d.place.line, d.place.column, d.severity, d.code, d.message);
}

bool same(const graph::StructType& a, const graph::StructType& b) {
  return std::equal(
      a.fields.begin(), a.fields.end(), b.fields.begin(), b.fields.end(),
      [](const auto& x, const auto& y) { return x.name == y.name && x.type == y.type; });
}
bool same(const graph::EnumType& a, const graph::EnumType& b) {
  return a.enumerators == b.enumerators;
}

/// Merges one kind of type; a name that means two things is an error that shows both places.
template <class Types>
void merge_types(const Types& from, const Unit& unit, Types& to,
                 std::map<std::string, graph::Place>& places,
                 std::vector<graph::Diagnostic>& diagnostics) {
  for (const auto& [name, type] : from) {
    const auto [known, is_new] = to.emplace(name, type);
    const graph::Place place = unit.type_places.at(name);
    if (is_new) {
      places[name] = place;
    } else if (!same(known->second, type)) {
      diagnostics.push_back(
          {"error",
           "type-mismatch",
           "message type `" + name + "` is defined in two ways",
           place,
           {graph::to_string(places[name]) + ": the other definition of `" + name + "` is here",
            "cure: define it once, in a header that both sources include"}});
    }
  }
}

}  // namespace

std::string display_path(const std::string& path, const std::string& root) {
  const std::string absolute = absolute_path(path);
  if (root.empty()) return absolute;
  std::string prefix = absolute_path(root);
  if (prefix.back() != '/') prefix += '/';
  return absolute.rfind(prefix, 0) == 0 ? absolute.substr(prefix.size()) : absolute;
}

graph::Place Reporter::place(SourceLocation location) const {
  if (location.isInvalid()) return {};
  const auto [file, offset] = sources_.getDecomposedLoc(sources_.getFileLoc(location));
  const auto entry = sources_.getFileEntryRefForID(file);
  return {entry ? display_path(entry->getName().str(), display_root_) : "",
          static_cast<int>(sources_.getLineNumber(file, offset)),
          static_cast<int>(sources_.getColumnNumber(file, offset))};
}

void Reporter::error(const char* code, std::string message, SourceLocation location,
                     const std::vector<Note>& notes, const std::string& cure) const {
  graph::Diagnostic found{"error", code, std::move(message), place(location), {}};
  for (const Note& note : notes) {
    const std::string where = graph::to_string(place(note.place));
    const std::string text = where.empty() ? note.text : where + ": " + note.text;
    if (std::find(found.notes.begin(), found.notes.end(), text) == found.notes.end())
      found.notes.push_back(text);
  }
  found.notes.push_back("cure: " + cure);
  unit_.diagnostics.push_back(std::move(found));
}

void Reporter::unknown(const char* code, const std::string& what, const Unknown& value,
                       SourceLocation location, const std::vector<Note>& calls,
                       const std::string& cure) const {
  std::vector<Note> notes{{value.place, value.reason}};
  notes.insert(notes.end(), value.chain.begin(), value.chain.end());
  notes.insert(notes.end(), calls.begin(), calls.end());
  error(code, what + " is not known before the program runs: " + value.reason, location, notes,
        cure);
}

bool Analysis::ok() const {
  return std::none_of(diagnostics.begin(), diagnostics.end(),
                      [](const auto& d) { return d.severity == "error"; });
}

Result<Analysis> analyze(const Options& options) {
  std::vector<std::string> sources;
  for (const std::string& source : options.sources) {
    sources.push_back(absolute_path(source));
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(sources.back(), ignored) ||
        !std::ifstream(sources.back())) {
      return fail(ErrorCode::kInvalid, "the source file cannot be read", source,
                  "check the path and its permissions");
    }
  }
  if (sources.empty())
    return fail(ErrorCode::kInvalid, "there is no source file to analyse", {},
                "name at least one C++ file");
  std::sort(sources.begin(), sources.end());
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());

  std::vector<Unit> parts(sources.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < sources.size(); i = next++)
      parts[i] = read_source(options, sources[i]);
  };
  std::vector<std::thread> threads;
  const std::size_t count = std::min<std::size_t>(std::clamp(options.jobs, 1, 64), sources.size());
  for (std::size_t i = 1; i < count; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();

  Analysis result;
  std::map<std::string, graph::Place> places;
  std::set<std::string> constructed;
  std::map<std::string, graph::Place> task_classes;
  for (Unit& part : parts) {
    merge_types(part.types.structs, part, result.graph.types.structs, places, result.diagnostics);
    merge_types(part.types.enums, part, result.graph.types.enums, places, result.diagnostics);
    std::move(part.tasks.begin(), part.tasks.end(), std::back_inserter(result.graph.tasks));
    std::move(part.diagnostics.begin(), part.diagnostics.end(),
              std::back_inserter(result.diagnostics));
    std::move(part.files_read.begin(), part.files_read.end(),
              std::back_inserter(result.files_read));
    constructed.merge(part.constructed_classes);
    for (const PlacedClass& task : part.task_classes) task_classes.emplace(task.name, task.place);
  }
  for (const auto& [name, place] : task_classes) {
    if (constructed.count(name) != 0) continue;
    result.diagnostics.push_back(
        {"warning",
         "unregistered-class",
         "`" + name + "` calls RegTask, but no MORT_TASK offers it to the job",
         place,
         {"cure: add MORT_TASK(" + name + ", ...); at namespace scope, or remove the class"}});
  }
  std::stable_sort(result.graph.tasks.begin(), result.graph.tasks.end(),
                   [](const auto& a, const auto& b) {
                     return std::tie(a.name, a.place.file, a.place.line, a.place.column) <
                            std::tie(b.name, b.place.file, b.place.line, b.place.column);
                   });
  auto joined = graph::check(result.graph);
  for (auto& found : joined) {
    if (!found.notes.empty() && found.notes.back().rfind("cure: ", 0) == 0) continue;
    found.notes.push_back(
        found.code == "cycle"            ? "cure: let one of these tasks drop its subscription"
        : found.code == "type-mismatch"  ? "cure: use one message type at both ends of the topic"
        : found.code == "duplicate-task" ? "cure: give each task a name of its own"
                                         : "cure: publish each topic from one task only");
  }
  std::move(joined.begin(), joined.end(), std::back_inserter(result.diagnostics));
  std::stable_sort(result.diagnostics.begin(), result.diagnostics.end(),
                   [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
  // A finding in a header is seen once for each source that includes it.
  result.diagnostics.erase(
      std::unique(result.diagnostics.begin(), result.diagnostics.end(),
                  [](const auto& a, const auto& b) { return order_of(a) == order_of(b); }),
      result.diagnostics.end());
  std::sort(result.files_read.begin(), result.files_read.end());
  result.files_read.erase(std::unique(result.files_read.begin(), result.files_read.end()),
                          result.files_read.end());
  return result;
}

}  // namespace mort::analyzer
