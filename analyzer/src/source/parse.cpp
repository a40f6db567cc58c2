#include "source/parse.hpp"

#include <clang/AST/ASTConsumer.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendAction.h>
#include <clang/Tooling/Tooling.h>

#include <algorithm>
#include <filesystem>

#include "source/definitions.hpp"
#include "source/recording_files.hpp"
#include "source/reporter.hpp"
#include "tasks/task_reader.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

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
    if (level < DiagnosticsEngine::Error || ++errors_ > kMaxErrors) return;
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

  static constexpr int kMaxErrors = 50;
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::string root_;
  std::string source_;
  Unit& unit_;
  std::size_t last_ = kNone;
  int errors_ = 0;
};

class Consumer : public ASTConsumer {
 public:
  Consumer(const ParseInput& input, Unit& unit) : input_(input), unit_(unit) {}

  void HandleTranslationUnit(ASTContext& context) override {
    const SourceManager& sources = context.getSourceManager();
    for (auto file = sources.fileinfo_begin(); file != sources.fileinfo_end(); ++file) {
      // As it was opened: a link may lead elsewhere next time.
      const auto path = std::filesystem::absolute(file->first->getName().str());
      std::error_code bad;
      if (std::filesystem::exists(path, bad)) unit_.files_read.push_back(path.string());
    }
    // A tree with holes would only give findings that follow from Clang's own. Message types that
    // the SDK's templates choke on leave no holes in the task's code, and the analyzer has better
    // words for them.
    auto& found = unit_.diagnostics;
    const bool all_in_sdk =
        std::all_of(found.begin(), found.end(), [](const graph::Diagnostic& error) {
          return error.code != "clang" ||
                 error.place.file.find("mort/message/") != std::string::npos;
        });
    if (!all_in_sdk) return;
    read_definitions(context, input_.source, unit_);
    read_tasks(context, Reporter(sources, input_.display_root, unit_), input_, unit_);
    const bool explained = std::any_of(
        found.begin(), found.end(),
        [](const graph::Diagnostic& error) { return error.code.rfind("message-", 0) == 0; });
    if (explained) {
      found.erase(std::remove_if(found.begin(), found.end(),
                                 [](const auto& error) { return error.code == "clang"; }),
                  found.end());
    }
  }

 private:
  const ParseInput& input_;
  Unit& unit_;
};

class Action : public ASTFrontendAction {
 public:
  Action(const ParseInput& input, Unit& unit) : input_(input), unit_(unit) {}
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance&, StringRef) override {
    return std::make_unique<Consumer>(input_, unit_);
  }

 private:
  const ParseInput& input_;
  Unit& unit_;
};

}  // namespace

Unit parse(const ParseInput& input) {
  Unit unit;
  const graph::Place place{display_path(input.source, input.display_root), 0, 0};
  for (const std::string& flag : input.command.ignored) {
    unit.diagnostics.push_back(
        {"warning",
         "ignored-flag",
         "this source is read without the flag `" + flag + "` of its compile command",
         place,
         {"cure: nothing, if the source reads the same without it; else say what it stands for in "
          "flags of its own, e.g. -I or -D"}});
  }
  const std::size_t of_flags = unit.diagnostics.size();
  const llvm::IntrusiveRefCntPtr<RecordingFiles> recording(
      new RecordingFiles(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem>(
          llvm::vfs::createPhysicalFileSystem().release())));
  // Sources that are read together are included by one that exists in memory only. This one comes
  // first, so that nothing stands before it.
  std::string main = input.source;
  const llvm::IntrusiveRefCntPtr<llvm::vfs::OverlayFileSystem> overlay(
      new llvm::vfs::OverlayFileSystem(recording));
  if (!input.joined.empty()) {
    main += ".joined.cpp";
    std::string text = "#include \"" + input.source + "\"\n";
    for (const std::string& other : input.joined) text += "#include \"" + other + "\"\n";
    const llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem> memory(
        new llvm::vfs::InMemoryFileSystem);
    memory->addFile(main, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
    overlay->pushOverlay(memory);
  }
  const llvm::IntrusiveRefCntPtr<FileManager> files(new FileManager(FileSystemOptions(), overlay));
  ErrorCollector errors(input.display_root, input.source, unit);
  tooling::ToolInvocation invocation(driver_arguments(input.command, main),
                                     std::make_unique<Action>(input, unit), files.get());
  invocation.setDiagnosticConsumer(&errors);
  const bool good = invocation.run();
  if (!good && unit.diagnostics.size() == of_flags)
    unit.diagnostics.push_back({"error", "clang", "Clang could not parse this file", place, {}});
  for (auto& found : unit.diagnostics) {
    if (found.code == "clang")
      found.notes.push_back(
          "cure: correct it as for any compiler; flags and include directories come from the job");
  }
  unit.files_read.push_back(input.source);
  std::sort(unit.files_read.begin(), unit.files_read.end());
  unit.files_read.erase(std::unique(unit.files_read.begin(), unit.files_read.end()),
                        unit.files_read.end());
  unit.files_missing.assign(recording->missing().begin(), recording->missing().end());
  return unit;
}

}  // namespace mort::analyzer
