// Statements, calls and objects.
#include "interpreter/interpreter.hpp"

#include <clang/AST/DeclTemplate.h>
#include <clang/Basic/SourceManager.h>

#include <set>
#include <utility>

#include "interpreter/std_models.hpp"

namespace mort::analyzer {

using namespace clang;

Interpreter::Interpreter(ASTContext& context, CallHandler& handler)
    : context_(context), handler_(handler), frames_{&root_} {}

Cell* Interpreter::new_cell(Value value) {
  Cell& cell = cells_.emplace_back();
  cell.value = std::move(value);
  cell.serial = cells_.size() - 1;
  cell.depth = uncertain_.size();
  return &cell;
}

bool Interpreter::take_thrown() {
  return std::exchange(thrown_, false);
}

std::vector<Note> Interpreter::call_chain() const {
  // The innards of the standard library say nothing: what it calls counts as called from where it
  // was called.
  const SourceManager& sources = context_.getSourceManager();
  std::vector<Note> chain;
  SourceLocation site;
  for (const Frame* frame : frames_) {
    if (frame->site.isInvalid() || frame->function == nullptr) continue;
    if (!sources.isInSystemHeader(frame->site)) site = frame->site;
    if (site.isInvalid() || sources.isInSystemHeader(frame->function->getLocation())) continue;
    chain.push_back({site, "in the call of `" + frame->function->getQualifiedNameAsString() + "`"});
  }
  return chain;
}

// ---- Statements
// ----------------------------------------------------------------------------------

Flow Interpreter::exec_all(const CompoundStmt* block) {
  for (const Stmt* stmt : block->body()) {
    if (const Flow flow = exec(stmt); flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

Flow Interpreter::exec(const Stmt* stmt) {
  if (stmt == nullptr) return Flow::kNext;
  const std::size_t mark = living_.size();
  const Flow flow = exec_alone(stmt);
  // What a declaration makes lives on in the block around it.
  if (!isa<DeclStmt, SwitchCase, LabelStmt>(stmt)) end_lives(mark);
  return flow;
}

Flow Interpreter::exec_alone(const Stmt* stmt) {
  ++steps_;
  if (const auto* block = dyn_cast<CompoundStmt>(stmt)) return exec_all(block);
  if (const auto* branch = dyn_cast<IfStmt>(stmt)) return exec_if(branch);
  if (const auto* loop = dyn_cast<WhileStmt>(stmt)) {
    return exec_loop(loop, loop->getCond(), loop->getConditionVariable(), nullptr, loop->getBody(),
                     false);
  }
  if (const auto* loop = dyn_cast<DoStmt>(stmt)) {
    return exec_loop(loop, loop->getCond(), nullptr, nullptr, loop->getBody(), true);
  }
  if (const auto* loop = dyn_cast<ForStmt>(stmt)) {
    if (const Flow flow = exec(loop->getInit()); flow != Flow::kNext) return flow;
    return exec_loop(loop, loop->getCond(), loop->getConditionVariable(), loop->getInc(),
                     loop->getBody(), false);
  }
  if (const auto* loop = dyn_cast<CXXForRangeStmt>(stmt)) return exec_range_for(loop);
  if (const auto* choice = dyn_cast<SwitchStmt>(stmt)) return exec_switch(choice);
  if (const auto* label = dyn_cast<SwitchCase>(stmt)) return exec(label->getSubStmt());
  if (const auto* label = dyn_cast<LabelStmt>(stmt)) return exec(label->getSubStmt());
  if (const auto* attributed = dyn_cast<AttributedStmt>(stmt)) {
    return exec(attributed->getSubStmt());
  }
  if (const auto* leave = dyn_cast<ReturnStmt>(stmt)) return exec_return(leave);
  if (isa<BreakStmt>(stmt)) return Flow::kBreak;
  if (isa<ContinueStmt>(stmt)) return Flow::kContinue;
  if (const auto* guarded = dyn_cast<CXXTryStmt>(stmt)) return exec_try(guarded);
  if (const auto* declaration = dyn_cast<DeclStmt>(stmt)) {
    for (const Decl* decl : declaration->decls()) {
      if (const auto* variable = dyn_cast<VarDecl>(decl)) declare(variable);
    }
  } else if (const auto* expr = dyn_cast<Expr>(stmt)) {
    if (expr->isGLValue()) {
      lvalue(expr);
    } else {
      live(new_cell(eval(expr)), expr->getType());
    }
  } else if (!isa<NullStmt>(stmt)) {
    // goto, asm, co_await: what follows may or may not run.
    const Unknown why{"this kind of statement is not followed", stmt->getBeginLoc(), {}};
    maybe(why, [] { return Flow::kReturn; });
  }
  return take_thrown() ? Flow::kThrow : Flow::kNext;
}

Flow Interpreter::exec_if(const IfStmt* stmt) {
  if (const Flow flow = exec(stmt->getInit()); flow != Flow::kNext) return flow;
  if (stmt->getConditionVariable() != nullptr) declare(stmt->getConditionVariable());
  const Value condition = truth(stmt->getCond());
  if (take_thrown()) return Flow::kThrow;
  if (const auto* known = condition.as<llvm::APSInt>()) {
    return exec(known->getBoolValue() ? stmt->getThen() : stmt->getElse());
  }
  Unknown why = *condition.unknown();
  why.chain.push_back({stmt->getIfLoc(), "this condition depends on it"});
  const Flow then_flow = maybe(why, [&] { return exec(stmt->getThen()); });
  // The second branch starts from the same state; writes of the first made their targets unknown.
  const Flow else_flow = maybe(why, [&] { return exec(stmt->getElse()); });
  if (then_flow == else_flow) return then_flow;
  if (then_flow == Flow::kThrow && else_flow == Flow::kReturn) return Flow::kReturn;
  if (then_flow == Flow::kReturn && else_flow == Flow::kThrow) return Flow::kReturn;
  return Flow::kNext;
}

Flow Interpreter::exec_loop(const Stmt* loop, const Expr* condition,
                            const VarDecl* condition_variable, const Expr* step, const Stmt* body,
                            bool body_first, const VarDecl* each) {
  Frame& frame = *frames_.back();
  const std::size_t depth = uncertain_.size();
  const bool returned_before = frame.maybe_returned.has_value();
  const auto broke_before = std::exchange(frame.maybe_broke, std::nullopt);
  Flow out = Flow::kNext;
  std::optional<Unknown> why;
  const auto test = [&]() -> Value {
    if (condition == nullptr) return boolean(true);
    if (condition_variable != nullptr) declare(condition_variable);
    return truth(condition);
  };
  const auto run_body = [&] {
    const std::size_t mark = living_.size();
    if (each != nullptr) declare(each);
    const Flow flow = take_thrown() ? Flow::kThrow : exec(body);
    end_lives(mark);
    return flow;
  };
  const bool endless =
      condition == nullptr || isa<CXXBoolLiteralExpr>(condition->IgnoreParenImpCasts());
  if (endless && !uncertain_.empty()) {
    why = Unknown{"how often this loop runs is only known at run time", loop->getBeginLoc(), {}};
  }
  for (int round = 0; !why; ++round) {
    if (round > 0 || !body_first) {
      const Value go_on = test();
      if (take_thrown()) {
        out = Flow::kThrow;
        break;
      }
      if (const auto* unknown = go_on.unknown()) {
        why = *unknown;
        why->chain.push_back({loop->getBeginLoc(), "how often this loop runs depends on it"});
        break;
      }
      if (const auto* known = go_on.as<llvm::APSInt>(); known == nullptr || !known->getBoolValue())
        break;
    }
    const Flow flow = run_body();
    if (flow == Flow::kBreak) break;
    if (flow == Flow::kReturn || flow == Flow::kThrow) {
      out = flow;
      break;
    }
    if (frame.maybe_broke) why = frame.maybe_broke;
    if (frame.maybe_returned && !returned_before) why = frame.maybe_returned;
    if (!why && step != nullptr) eval(step);
    if (!why && (round + 1 >= kMaxIterations || exhausted())) {
      why = Unknown{"this loop runs more often than is followed", loop->getBeginLoc(), {}};
    }
  }
  if (why) {
    uncertain_.resize(depth);
    repeat(*why, [&] {
      if (!body_first) test();
      take_thrown();
      if (run_body() == Flow::kReturn) frame.maybe_returned = *why;
      if (step != nullptr) eval(step);
      if (body_first) test();
      take_thrown();
    });
  }
  uncertain_.resize(depth);
  frame.maybe_broke = broke_before;
  if (frame.maybe_returned && !returned_before) uncertain_.push_back(*frame.maybe_returned);
  return out;
}

Flow Interpreter::exec_range_for(const CXXForRangeStmt* stmt) {
  if (const Flow flow = exec(stmt->getInit()); flow != Flow::kNext) return flow;
  Frame& frame = *frames_.back();
  const std::size_t depth = uncertain_.size();
  const bool returned_before = frame.maybe_returned.has_value();
  const auto broke_before = std::exchange(frame.maybe_broke, std::nullopt);
  const VarDecl* variable = stmt->getLoopVariable();
  const Expr* init = stmt->getRangeInit();
  Cell* range = bind(init, stmt->getRangeStmt()->getSingleDecl()
                               ? cast<VarDecl>(stmt->getRangeStmt()->getSingleDecl())->getType()
                               : init->getType());
  if (take_thrown()) return Flow::kThrow;

  if (range->value.as<Record>() != nullptr && stmt->getBeginStmt() != nullptr) {
    frame.maybe_broke = broke_before;
    frame.variables[cast<VarDecl>(stmt->getRangeStmt()->getSingleDecl())] = range;
    for (const Stmt* declared : {stmt->getBeginStmt(), stmt->getEndStmt()}) {
      if (const Flow flow = exec(declared); flow != Flow::kNext) return flow;
    }
    return exec_loop(stmt, stmt->getCond(), nullptr, stmt->getInc(), stmt->getBody(), false,
                     variable);
  }
  std::vector<Cell*> items;
  std::optional<Unknown> why;
  if (const auto* list = range->value.as<List>()) {
    items = list->items;
  } else if (const auto* text = range->value.as<std::string>()) {
    for (const char c : *text) {
      items.push_back(new_cell(integer(c, context_.CharTy)));
      items.back()->text = range;
      items.back()->at = items.size() - 1;
    }
  } else if (const auto* unknown = range->value.unknown()) {
    why = *unknown;
    why->chain.push_back({init->getBeginLoc(), "how often this loop runs depends on it"});
  } else {
    why = unknown_at("the elements of this range are not followed", init);
  }
  // A reference to another type of number refers to a temporary.
  const auto converts = [&](const Cell* item) {
    return variable->getType()->isReferenceType() &&
           variable->getType()->getPointeeType()->isArithmeticType() &&
           variable->getInit() != nullptr && !variable->getInit()->IgnoreParens()->isLValue() &&
           (item->value.as<llvm::APSInt>() || item->value.as<double>());
  };
  const auto bind_item = [&](Cell* item) {
    frame.variables[variable] =
        variable->getType()->isReferenceType() && !converts(item)
            ? item
            : new_cell(StdModels::convert(*this, clone(item->value),
                                          variable->getType().getNonReferenceType(), init));
    frame.variables[variable]->origin = item->origin;
    if (!variable->getType()->isReferenceType())
      live(frame.variables[variable], variable->getType());
  };

  Flow out = Flow::kNext;
  for (Cell* item : items) {
    if (why) break;
    const std::size_t mark = living_.size();
    refresh(item, init->getBeginLoc());
    bind_item(item);
    const Flow flow = exec(stmt->getBody());
    end_lives(mark);
    if (const auto* list = range->value.as<List>();
        range->value.unknown() == nullptr && list != nullptr && list->items != items) {
      why =
          Unknown{"the list changes while its elements are gone through", stmt->getBeginLoc(), {}};
    }
    if (flow == Flow::kBreak) break;
    if (flow == Flow::kReturn || flow == Flow::kThrow) {
      out = flow;
      break;
    }
    if (frame.maybe_broke) why = frame.maybe_broke;
    if (frame.maybe_returned && !returned_before) why = frame.maybe_returned;
    if (exhausted()) {
      why = Unknown{"this loop runs more often than is followed", stmt->getBeginLoc(), {}};
    }
  }
  if (why) {
    uncertain_.resize(depth);
    Unknown element = *why;
    element.chain.push_back(
        {variable->getLocation(),
         "`" + variable->getNameAsString() + "` goes over elements that are not known"});
    repeat(*why, [&] {
      Cell* item = new_cell(element);
      item->part_of = items;
      item->part_of.push_back(range);
      const std::size_t mark = living_.size();
      bind_item(item);
      if (exec(stmt->getBody()) == Flow::kReturn) frame.maybe_returned = *why;
      end_lives(mark);
      take_thrown();
    });
  }
  uncertain_.resize(depth);
  frame.maybe_broke = broke_before;
  if (frame.maybe_returned && !returned_before) uncertain_.push_back(*frame.maybe_returned);
  return out;
}

Flow Interpreter::exec_switch(const SwitchStmt* stmt) {
  if (const Flow flow = exec(stmt->getInit()); flow != Flow::kNext) return flow;
  if (stmt->getConditionVariable() != nullptr) declare(stmt->getConditionVariable());
  Value condition = eval(stmt->getCond());
  if (take_thrown()) return Flow::kThrow;
  const auto* body = dyn_cast<CompoundStmt>(stmt->getBody());
  if (body == nullptr) return Flow::kNext;

  if (const auto* known = condition.as<llvm::APSInt>()) {
    const SwitchCase* chosen = nullptr;
    for (const SwitchCase* label = stmt->getSwitchCaseList(); label != nullptr;
         label = label->getNextSwitchCase()) {
      if (isa<DefaultStmt>(label)) {
        if (chosen == nullptr) chosen = label;
        continue;
      }
      const auto* one = cast<CaseStmt>(label);
      const auto low = one->getLHS()->EvaluateKnownConstInt(context_);
      const auto high = one->getRHS() ? one->getRHS()->EvaluateKnownConstInt(context_) : low;
      if (llvm::APSInt::compareValues(low, *known) <= 0 &&
          llvm::APSInt::compareValues(*known, high) <= 0)
        chosen = label;
    }
    bool running = false;
    const auto is_on_top = [&](const Stmt* child) {
      for (const auto* label = dyn_cast<SwitchCase>(child); label != nullptr;
           label = dyn_cast<SwitchCase>(label->getSubStmt())) {
        if (label == chosen) return true;
      }
      return false;
    };
    if (chosen != nullptr && std::none_of(body->body_begin(), body->body_end(), is_on_top)) {
      repeat({"a case inside of another statement is not followed", chosen->getBeginLoc(), {}},
             [&] {
               if (exec(body) == Flow::kReturn) frames_.back()->maybe_returned = uncertain_.back();
             });
      if (frames_.back()->maybe_returned) uncertain_.push_back(*frames_.back()->maybe_returned);
      return Flow::kNext;
    }
    for (const Stmt* child : body->body()) {
      for (const auto* label = dyn_cast<SwitchCase>(child); label != nullptr && !running;
           label = dyn_cast<SwitchCase>(label->getSubStmt()))
        running = label == chosen;
      if (!running) continue;
      const Flow flow = exec(child);
      if (flow == Flow::kBreak) return Flow::kNext;
      if (flow != Flow::kNext) return flow;
    }
    return Flow::kNext;
  }

  Unknown why = condition.unknown() != nullptr
                    ? *condition.unknown()
                    : unknown_at("this value is not followed", stmt->getCond());
  why.chain.push_back({stmt->getSwitchLoc(), "this switch depends on it"});
  Frame& frame = *frames_.back();
  const std::size_t depth = uncertain_.size();
  const bool returned_before = frame.maybe_returned.has_value();
  const auto broke_before = frame.maybe_broke;
  for (const Stmt* child : body->body()) {
    const auto flow = maybe(why, [&] { return exec(child); });
    if (flow == Flow::kBreak) frame.maybe_broke = broke_before;
    uncertain_.resize(depth);
  }
  if ((frame.maybe_returned && !returned_before) || (frame.maybe_broke && !broke_before))
    uncertain_.push_back(why);
  return Flow::kNext;
}

Flow Interpreter::exec_return(const ReturnStmt* stmt) {
  Frame& frame = *frames_.back();
  const Expr* expr = stmt->getRetValue();
  if (expr == nullptr) return Flow::kReturn;
  Cell* result = bind(expr, frame.function->getReturnType());
  if (take_thrown()) return Flow::kThrow;
  if (stmt->getNRVOCandidate() != nullptr && !copies_plainly(expr->getType())) {
    const Unknown why{
        "whether this object is copied is up to the compiler", stmt->getBeginLoc(), {}};
    havoc(result, why, true);
    result = new_cell(why);
  }
  if (uncertain_.size() == frame.depth) {
    frame.result = result;
  } else {
    Unknown why = uncertain_[frame.depth];
    why.chain.push_back({stmt->getBeginLoc(), "what is returned here depends on it"});
    Cell* joined = new_cell(why);
    joined->part_of = {result};
    if (frame.result != nullptr) joined->part_of.push_back(frame.result);
    for (Cell* one : joined->part_of) escape(one->value, why);
    frame.result = joined;
  }
  return Flow::kReturn;
}

Flow Interpreter::exec_try(const CXXTryStmt* stmt) {
  const FunctionDecl* function = frames_.back()->function;
  // The handlers of a constructor's function-try-block always rethrow.
  if (function != nullptr && isa<CXXConstructorDecl>(function) && function->getBody() == stmt) {
    return exec(stmt->getTryBlock());
  }
  const Unknown why{
      "how far this try block gets is only known at run time", stmt->getBeginLoc(), {}};
  const Flow flow = maybe(why, [&] { return exec(stmt->getTryBlock()); });
  bool all_leave = flow == Flow::kReturn;
  for (unsigned i = 0; i < stmt->getNumHandlers(); ++i) {
    const Flow handled = maybe(why, [&] { return exec(stmt->getHandler(i)->getHandlerBlock()); });
    all_leave = all_leave && (handled == Flow::kReturn || handled == Flow::kThrow);
  }
  return all_leave ? Flow::kReturn : Flow::kNext;
}

void Interpreter::declare(const VarDecl* variable) {
  if (variable->isStaticLocal()) return;  // as a global: what it holds depends on earlier calls
  Frame& frame = *frames_.back();
  const Expr* init = variable->getInit();
  const std::size_t mark = living_.size();
  Cell* cell = nullptr;
  if (init == nullptr) {
    cell = new_cell(Value());
    const Unknown why{
        "`" + variable->getNameAsString() + "` has no value yet", variable->getLocation(), {}};
    const auto* array = context_.getAsConstantArrayType(variable->getType());
    if (array != nullptr && !array->getElementType()->isCharType() &&
        array->getSize().ule(kMaxIterations)) {
      List list;
      for (std::uint64_t i = 0; i < array->getSize().getZExtValue(); ++i)
        list.items.push_back(new_cell(why));
      cell->value = list;
    } else {
      cell->value = why;
    }
  } else {
    cell = bind(init, variable->getType());
    if (!variable->getType()->isReferenceType()) {
      cell->value = passed_on(std::move(cell->value), variable->getLocation(),
                              "`" + variable->getNameAsString() + "` is set to it");
    }
  }
  frame.variables[variable] = cell;
  end_lives(mark);  // temporaries
  if (!variable->getType()->isReferenceType()) {
    live(cell, variable->getType());
  } else if (const auto* temporary = dyn_cast_or_null<MaterializeTemporaryExpr>(
                 init != nullptr ? init->IgnoreImplicit() : nullptr)) {
    live(cell, temporary->getType());
  }
}

}  // namespace mort::analyzer
