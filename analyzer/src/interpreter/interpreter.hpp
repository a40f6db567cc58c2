// Interprets C++ over partly known values: what is not understood becomes Unknown, never a guess.
#pragma once

#include <clang/AST/ASTContext.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "interpreter/value.hpp"

namespace mort::analyzer {

class Interpreter;

/// A call with its operands evaluated.
struct Call {
  const clang::Expr* expr = nullptr;
  const clang::FunctionDecl* callee = nullptr;  ///< after virtual dispatch; null when not known
  Cell* self = nullptr;                         ///< the object of a member function
  std::vector<const clang::Expr*> arg_exprs;
  std::vector<Cell*> args;
};

/// Gives calls of known functions their meaning before the interpreter looks at their bodies.
class CallHandler {
 public:
  virtual ~CallHandler() = default;
  /// The result, or nothing when the call is not the handler's.
  virtual std::optional<Value> handle(Interpreter& interpreter, const Call& call) = 0;
  /// How much was recorded so far, and a way back: what was seen before a loop settled is seen
  /// again.
  virtual std::size_t mark() const = 0;
  virtual void rollback(std::size_t mark) = 0;
};

/// How a statement was left. kThrow stands for every way off the normal path: the task does not go
/// on.
enum class Flow { kNext, kBreak, kContinue, kReturn, kThrow };

class Interpreter {
 public:
  Interpreter(clang::ASTContext& context, CallHandler& handler);

  Value eval(const clang::Expr* expr);
  Cell* lvalue(const clang::Expr* expr);
  /// Calls `callee`; `args` are bound as they are.
  Cell* run(const Call& call);
  /// Walks a function whose caller is not seen: parameters are unknown.
  void run_unseen(const clang::FunctionDecl* function, Cell* self);
  /// Repeats `body` under the unknown condition `why` until it makes nothing more unknown: any
  /// number of times at run time.
  template <class Body>
  void repeat(const Unknown& why, Body body);

  /// The objects made by `new` so far.
  const std::vector<Cell*>& allocated() const { return allocated_; }
  /// The innermost condition that is not known and decides whether this point is reached, or null.
  const Unknown* uncertain() const { return uncertain_.empty() ? nullptr : &uncertain_.back(); }
  /// True when an exception is certain to leave what ran last; resets it.
  bool take_thrown();
  /// The call that is being handled does not return.
  void leave() { thrown_ = true; }
  /// What a move leaves behind: text and lists are not known any more.
  void move_away(Cell* cell, clang::SourceLocation place);
  /// Brings a view or a character up to date with the text it belongs to.
  void refresh(Cell* cell, clang::SourceLocation place = {});
  /// A view of the text in `cell`.
  static Value view_of(Cell* cell, std::string text);
  /// False when copying an object runs code of its own: a copy of its cells is no copy of it then.
  static bool copies_plainly(clang::QualType type);
  /// True when destroying an object may run code of the program.
  static bool has_destructor(clang::QualType type);
  bool was_run(const clang::FunctionDecl* definition) const { return run_.count(definition) != 0; }
  /// Functions and variables that another source would have to define for more to be known.
  const std::set<const clang::Decl*>& undefined() const { return undefined_; }
  /// True while the body of a function is walked that was given away, and runs who knows where.
  bool escaping() const { return escaping_ > 0; }
  /// Set when code that is not seen was given the task, as a member of it: it may register more.
  const Unknown* unseen() const { return unseen_ ? &*unseen_ : nullptr; }
  /// True when the limits on steps were passed: results are unknown from there on.
  bool exhausted() const { return steps_ > kMaxSteps; }
  /// Call places from the outermost to here.
  std::vector<Note> call_chain() const;

  Cell* new_cell(Value value);
  Value clone(const Value& value);
  void store(Cell* cell, Value value, clang::SourceLocation place);
  /// Makes everything that can be reached from the cell unknown; for good when unseen code keeps
  /// `lost` access to it. What the cell points to is lost in any case: the pointer is no longer
  /// known.
  void havoc(Cell* cell, const Unknown& why, bool lost = false);
  /// The value goes where it is not followed: what it refers to may be changed there.
  void escape(const Value& value, const Unknown& why, bool lost = true);
  /// False when a change here must make the cell unknown (which is done), as it may not happen.
  bool may_change(Cell* cell, clang::SourceLocation place);

  clang::ASTContext& context() { return context_; }
  Value integer(std::int64_t value, clang::QualType type);
  Value boolean(bool value) { return integer(value, context_.BoolTy); }

  static constexpr int kMaxIterations = 10'000;
  static constexpr int kMaxCallDepth = 96;
  static constexpr std::int64_t kMaxSteps = 1'000'000;

 private:
  friend class StdModels;

  struct Frame {
    const clang::FunctionDecl* function = nullptr;
    Cell* self = nullptr;
    std::map<const clang::VarDecl*, Cell*> variables;
    Cell* result = nullptr;
    std::size_t depth = 0;                  ///< unknown conditions around the call
    std::optional<Unknown> maybe_returned;  ///< a return under an unknown condition was passed
    std::optional<Unknown> maybe_broke;     ///< the same for break and continue of the current loop
    clang::SourceLocation site;
    bool complete = true;  ///< constructs a whole object, not the base of one
  };
  struct Living {
    Cell* cell = nullptr;
    clang::QualType type;
  };
  /// What the evaluation of one operand looked at and wrote.
  struct Trace {
    std::vector<Cell*> seen;
    std::vector<Cell*> written;
  };

  // Statements (interpreter.cpp).
  Flow exec(const clang::Stmt* stmt);
  Flow exec_alone(const clang::Stmt* stmt);
  Flow exec_body(const clang::FunctionDecl* function);
  Flow exec_all(const clang::CompoundStmt* block);
  Flow exec_if(const clang::IfStmt* stmt);
  Flow exec_loop(const clang::Stmt* loop, const clang::Expr* condition,
                 const clang::VarDecl* condition_variable, const clang::Expr* step,
                 const clang::Stmt* body, bool body_first, const clang::VarDecl* each = nullptr);
  Flow exec_range_for(const clang::CXXForRangeStmt* stmt);
  Flow exec_switch(const clang::SwitchStmt* stmt);
  Flow exec_return(const clang::ReturnStmt* stmt);
  Flow exec_try(const clang::CXXTryStmt* stmt);
  /// Runs `body` as something that may not happen, and notes when it may leave the enclosing block.
  template <class Body>
  Flow maybe(const Unknown& why, Body body);
  void declare(const clang::VarDecl* variable);

  // Lifetimes (memory.cpp).
  /// From here on the object lives until its block ends.
  void live(Cell* cell, clang::QualType type);
  /// Ends the lives that began after `mark`, the last one first.
  void end_lives(std::size_t mark);
  void destroy(Cell* cell, clang::QualType type);
  void destroy_record(Cell* cell, const clang::CXXRecordDecl* cls);
  void copy_members(Cell* to, Cell* from, const clang::CXXRecordDecl* cls, bool move,
                    clang::SourceLocation place);
  /// Evaluates operands in the order written, and makes unknown what depends on that order.
  template <class Evaluate>
  std::vector<Cell*> in_any_order(std::size_t count, const clang::Expr* expr, Evaluate evaluate);
  void settle_order(const std::vector<Trace>& traces, std::size_t first_new_cell,
                    const clang::Expr* expr, std::vector<Cell*>& operands);

  // Calls and objects (calls.cpp).
  Cell* call(const clang::CallExpr* expr);
  Cell* unknown_call(const Call& call);
  void note_unseen(const Call& call, bool in_std, const Unknown& why);
  Cell* bind(const clang::Expr* arg, clang::QualType parameter);
  void construct(Cell* self, const clang::CXXConstructExpr* expr);
  void run_constructor(Cell* self, const clang::CXXConstructorDecl* constructor,
                       const std::vector<Cell*>& args, clang::SourceLocation site, bool complete);
  void bind_parameters(const clang::FunctionDecl* function, const std::vector<Cell*>& args,
                       Frame& frame);
  Cell* global(const clang::VarDecl* variable, clang::SourceLocation place);
  /// True when `variable` may not have its value yet where another variable is initialised with it.
  bool is_made_later(const clang::VarDecl* variable);
  /// Constants may have `mutable` members.
  void lose_mutable(Cell* cell, const Unknown& why);
  Value initial_list(const clang::InitListExpr* expr);
  Value lambda(const clang::LambdaExpr* expr);

  // Expressions (expressions.cpp).
  Value eval_rvalue(const clang::Expr* expr);
  Cell* lvalue_alone(const clang::Expr* expr);
  /// The value as a condition: an integer or Unknown.
  Value truth(const clang::Expr* expr);
  Value eval_cast(const clang::CastExpr* expr);
  Value unary(const clang::UnaryOperator* expr);
  Value binary(const clang::BinaryOperator* expr);
  Value arithmetic(clang::BinaryOperatorKind op, const Value& left, const Value& right,
                   const clang::Expr* expr);
  Cell* element(Cell* base, const Value& index, const clang::Expr* expr);
  Cell* dereference(const Value& pointer, const clang::Expr* expr);
  Cell* field(Cell* base, const clang::FieldDecl* field, const clang::Expr* expr);
  Cell* conditional(const clang::AbstractConditionalOperator* expr);
  std::optional<Value> clang_value(const clang::Expr* expr);
  std::optional<Value> from_apvalue(const clang::APValue& value, clang::QualType type);
  std::optional<std::string> text_at(const clang::APValue& pointer);
  /// Written anywhere in this source but in its definition? Then what it holds is not known.
  bool is_never_written(const clang::VarDecl* variable);

  static Unknown unknown_at(std::string reason, const clang::Expr* expr);
  Value passed_on(Value value, clang::SourceLocation place, const std::string& how);

  clang::ASTContext& context_;
  CallHandler& handler_;
  std::deque<Cell> cells_;
  std::vector<Cell*> allocated_;
  std::map<const clang::VarDecl*, Cell*> globals_;
  std::set<const clang::VarDecl*> globals_in_progress_;
  std::vector<const clang::VarDecl*> made_now_;  ///< variables whose initialisers are evaluated
  std::vector<Living> living_;
  std::vector<Trace*> traces_;
  std::optional<Unknown> unseen_;
  std::optional<std::set<const clang::VarDecl*>> written_;
  Frame root_;  ///< encloses what runs outside of functions
  std::vector<Frame*> frames_;
  std::set<const clang::FunctionDecl*> run_;
  std::set<const clang::Decl*> undefined_;
  std::vector<Unknown> uncertain_;
  static constexpr std::size_t kNoChange = static_cast<std::size_t>(-1);
  std::size_t oldest_change_ = kNoChange;  ///< serial of the oldest cell that became unknown
  bool thrown_ = false;
  int escaping_ = 0;
  std::set<const Cell*> in_havoc_;  ///< ends the walk over objects that refer to each other
  std::int64_t steps_ = 0;
};

template <class Body>
void Interpreter::repeat(const Unknown& why, Body body) {
  // Each round can only turn known cells into unknown ones, so this settles: mostly after two
  // rounds.
  constexpr int kMaxRounds = 16;
  const std::size_t depth = uncertain_.size();
  const std::size_t first_new_cell = cells_.size();
  std::size_t oldest = oldest_change_;
  for (int round = 0; round < kMaxRounds; ++round) {
    const std::size_t mark = handler_.mark();
    oldest_change_ = kNoChange;
    uncertain_.push_back(why);
    body();
    uncertain_.resize(depth);
    oldest = std::min(oldest, oldest_change_);
    if (oldest_change_ >= first_new_cell || round + 1 == kMaxRounds) break;
    handler_.rollback(mark);
  }
  oldest_change_ = oldest;
}

template <class Evaluate>
std::vector<Cell*> Interpreter::in_any_order(std::size_t count, const clang::Expr* expr,
                                             Evaluate evaluate) {
  std::vector<Cell*> operands;
  if (count < 2) {
    for (std::size_t i = 0; i < count; ++i) operands.push_back(evaluate(i));
    return operands;
  }
  std::vector<Trace> traces(count);
  const std::size_t first_new_cell = cells_.size();
  for (std::size_t i = 0; i < count; ++i) {
    traces_.push_back(&traces[i]);
    operands.push_back(evaluate(i));
    traces_.pop_back();
  }
  settle_order(traces, first_new_cell, expr, operands);
  return operands;
}

template <class Body>
Flow Interpreter::maybe(const Unknown& why, Body body) {
  Frame& frame = *frames_.back();
  const bool left_before = frame.maybe_returned || frame.maybe_broke;
  const std::size_t depth = uncertain_.size();
  uncertain_.push_back(why);
  const Flow flow = body();
  uncertain_.resize(depth);
  if (flow == Flow::kReturn) frame.maybe_returned = why;
  if (flow == Flow::kBreak || flow == Flow::kContinue) frame.maybe_broke = why;
  if (!left_before && (frame.maybe_returned || frame.maybe_broke)) {
    uncertain_.push_back(why);  // whether the rest of the enclosing block runs is not known either
  }
  return flow;
}

}  // namespace mort::analyzer
