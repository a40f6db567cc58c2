// The calls of the SDK that tell about the graph, caught while the interpreter runs a task's code.
#pragma once

#include <clang/AST/DeclCXX.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "interpreter/interpreter.hpp"

namespace mort::analyzer {

/// `record` when it is ::mort::`name`, else null.
const clang::CXXRecordDecl* sdk_class(const clang::CXXRecordDecl* record, llvm::StringRef name);
bool is_task_class(const clang::CXXRecordDecl* record);

/// A call of the SDK, as the interpreter met it.
struct Event {
  std::string name;
  Cell* self = nullptr;             ///< the task; null: not known which
  clang::SourceLocation place;      ///< of the call
  clang::SourceLocation arg_place;  ///< of its first argument
  Value first;                      ///< name, list of topics or topic
  Value options;                    ///< of RegTask
  clang::QualType type;             ///< T of Take, TryTake, Publish
  std::optional<Unknown> condition;
  bool reached = true;  ///< false: in a method that nothing calls
  std::vector<Note> chain;
};

/// A call that holds up all tasks of the lane.
struct BlockingCall {
  std::string name;
  std::string cure;
  clang::SourceLocation place;
  std::vector<Note> chain;
};

class SdkCalls : public CallHandler {
 public:
  /// Names and values of the job's parameters; null: the job is not known.
  explicit SdkCalls(const std::map<std::string, std::string>* params) : params_(params) {}

  std::vector<Event> events;
  std::vector<BlockingCall> blocking;
  /// The last call in a constructor of what only a running task can do: it throws.
  std::optional<Note> too_early;
  /// Parameters that were asked for, with their values.
  std::map<std::string, std::optional<std::string>> asked_params;

  /// From here on the task runs: parameters are read when it runs.
  void enter_body() { in_body_ = true; }
  /// Do calls that block hold up the lane now? Not in what is handed to other threads.
  void on_lane(bool on_lane) { on_lane_ = on_lane; }

  std::size_t mark() const override { return events.size(); }
  void rollback(std::size_t mark) override { events.resize(mark); }
  std::optional<Value> handle(Interpreter& in, const Call& call) override;

 private:
  Event event(Interpreter& in, const Call& call, const clang::CXXMethodDecl* method);
  Value param(Interpreter& in, const Call& call, const std::string& name);
  /// The topic of a call that names it by Param("...") in place.
  std::optional<Value> param_in_place(Interpreter& in, const clang::Expr* topic);
  void note_blocking(Interpreter& in, const Call& call);

  const std::map<std::string, std::string>* params_;
  bool in_body_ = false;
  bool on_lane_ = false;
};

}  // namespace mort::analyzer
