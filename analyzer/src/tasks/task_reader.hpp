// The tasks that a source registers.
#pragma once

#include <clang/AST/ASTContext.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "interpreter/interpreter.hpp"
#include "source/parse.hpp"
#include "source/reporter.hpp"
#include "tasks/message_types.hpp"
#include "tasks/sdk_calls.hpp"

namespace mort::analyzer {

/// Reads every task that the source of `input` registers.
void read_tasks(clang::ASTContext& context, const Reporter& reporter, const ParseInput& input,
                Unit& unit);

/// One MORT_TASK.
class TaskReader {
 public:
  TaskReader(clang::ASTContext& context, const Reporter& reporter,
             const std::map<std::string, std::string>* params,
             const std::set<const clang::Decl*>& address_taken, MessageTypes& types, Unit& unit)
      : context_(context),
        reporter_(reporter),
        address_taken_(address_taken),
        types_(types),
        unit_(unit),
        calls_(params),
        in_(context, calls_) {}

  void read(const clang::VarDecl* registration);

 private:
  /// Parameters and definitions that what was seen so far depends on.
  void note_needs();

  // The constructor (registration.cpp).
  Cell* make_task(const clang::VarDecl* registration);
  bool read_constructor(const clang::VarDecl* registration, const Cell* self);
  void read_name(const Event& event);
  void read_options(const Event& event);
  void read_topics(const Event& event, const std::optional<graph::Diagnostic>& condition);
  std::optional<std::int64_t> option(const Record& options, const char* name, const Event& event,
                                     double scale, std::int64_t min, std::int64_t max,
                                     const char* range);

  // Run() and what it calls (body.cpp).
  void walk_body(Cell* self);
  std::vector<const clang::CXXMethodDecl*> all_methods() const;
  void read_uses(const Cell* self);
  /// Uses of topics in the code of the class that no walk has met.
  void find_hidden_uses();
  void read_blocking_calls();

  clang::ASTContext& context_;
  const Reporter& reporter_;
  const std::set<const clang::Decl*>& address_taken_;
  MessageTypes& types_;
  Unit& unit_;
  SdkCalls calls_;
  Interpreter in_;
  const clang::CXXRecordDecl* class_ = nullptr;
  RegisteredTask task_;
};

}  // namespace mort::analyzer
