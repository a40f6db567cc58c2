// What one source says, before the sources of a job are merged.
#pragma once

#include <clang/AST/ASTContext.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "mort/graph/task_graph.hpp"
#include "value.hpp"

namespace mort::analyzer {

struct PlacedClass {
  std::string name;
  graph::Place place;
};

/// Tasks, message types and findings of one source.
struct Findings {
  std::vector<graph::TaskDecl> tasks;
  graph::TypeTable types;
  std::map<std::string, graph::Place> type_places;
  std::vector<graph::Diagnostic> diagnostics;
  std::vector<PlacedClass> task_classes;      ///< classes whose constructor calls RegTask
  std::set<std::string> constructed_classes;  ///< classes of registered tasks, with their bases
  std::vector<std::string> files_read;
};

/// Turns Clang's places into those that a person reads.
class Reporter {
 public:
  Reporter(const clang::SourceManager& sources, std::string display_root, Findings& findings)
      : sources_(sources), display_root_(std::move(display_root)), findings_(findings) {}

  graph::Place place(clang::SourceLocation location) const;
  void error(const char* code, std::string message, clang::SourceLocation location,
             const std::vector<Note>& notes, const std::string& cure) const;
  /// The error for a value that had to be known. `what` is e.g. "topic 1 of RegSub".
  void unknown(const char* code, const std::string& what, const Unknown& value,
               clang::SourceLocation location, const std::vector<Note>& calls,
               const std::string& cure) const;

 private:
  const clang::SourceManager& sources_;
  std::string display_root_;
  Findings& findings_;
};

/// `path`, absolute and without "..", relative to `root` when below it.
std::string display_path(const std::string& path, const std::string& root);

/// Adds message types to the type table, and refuses what cannot be sent.
class MessageTypes {
 public:
  MessageTypes(clang::ASTContext& context, const Reporter& reporter, Findings& findings)
      : context_(context), reporter_(reporter), findings_(findings) {}

  /// The qualified name of message type `type`, used at `use`; empty after an error.
  std::string add_message(clang::QualType type, clang::SourceLocation use);

 private:
  std::string add_record(const clang::CXXRecordDecl* record, clang::SourceLocation use);
  std::string add_enum(const clang::EnumDecl* declaration, clang::SourceLocation use);
  std::string field_type(clang::QualType type, const std::string& owner, const std::string& field,
                         clang::SourceLocation place);
  std::string usable_name(const clang::TagDecl* declaration, clang::SourceLocation use);

  clang::ASTContext& context_;
  const Reporter& reporter_;
  Findings& findings_;
  std::map<const clang::TagDecl*, std::string> known_;  ///< empty name: refused
  std::set<const clang::TagDecl*> open_;  ///< being added: a second visit is a recursion
};

/// Reads every task that this source registers.
void read_tasks(clang::ASTContext& context, const Reporter& reporter, Findings& findings);

}  // namespace mort::analyzer
