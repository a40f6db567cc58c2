// Calls and objects: who is called, how arguments reach parameters, how constructors make objects.
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/ExprCXX.h>
#include <clang/Basic/SourceManager.h>

#include "interpreter/interpreter.hpp"
#include "interpreter/std_models.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

std::string name_of(const FunctionDecl* function) {
  return function == nullptr ? "a function" : "`" + function->getQualifiedNameAsString() + "`";
}

bool may_write_through(QualType type) {
  if (type->isReferenceType() || type->isPointerType()) {
    return !type->getPointeeType().isConstQualified() && !type->isFunctionPointerType();
  }
  return false;
}

}  // namespace

Cell* Interpreter::bind(const Expr* arg, QualType parameter) {
  if (parameter->isReferenceType() && arg->isGLValue()) return lvalue(arg);
  Cell* cell = new_cell(eval(arg));
  refresh(cell, arg->getExprLoc());
  return cell;
}

Cell* Interpreter::call(const CallExpr* expr) {
  if (const auto known = clang_value(expr)) return new_cell(*known);
  Call call;
  call.expr = expr;
  call.callee = expr->getDirectCallee();
  unsigned first = 0;
  const auto* method = dyn_cast_or_null<CXXMethodDecl>(call.callee);
  if (const auto* member = dyn_cast<CXXMemberCallExpr>(expr)) {
    const Expr* object = member->getImplicitObjectArgument();
    if (object != nullptr) {
      call.self = object->getType()->isPointerType()
                      ? dereference(eval(object), object)
                      : bind(object, context_.getLValueReferenceType(object->getType()));
    }
    const auto* callee = dyn_cast<MemberExpr>(expr->getCallee()->IgnoreParens());
    const auto* record = call.self != nullptr ? call.self->value.as<Record>() : nullptr;
    if (method != nullptr && method->isVirtual() && record != nullptr && callee != nullptr &&
        !callee->hasQualifier()) {
      // `cls` grows as constructors finish: in a base class constructor its own functions are
      // called.
      if (const auto* final = method->getCorrespondingMethodInClass(record->cls))
        method = final, call.callee = final;
    }
  } else if (isa<CXXOperatorCallExpr>(expr) && method != nullptr && !method->isStatic()) {
    first = 1;
  }
  if (call.callee == nullptr) {
    const Value function =
        expr->getCallee()->getType()->isMemberPointerType() ||
                expr->getCallee()->getType()->isSpecificBuiltinType(BuiltinType::BoundMember)
            ? Value(unknown_at("member pointers are not followed", expr))
            : eval(expr->getCallee());
    if (const auto* known = function.as<const FunctionDecl*>()) call.callee = *known;
  }
  const auto operand = [&](unsigned i) {
    const Expr* arg = expr->getArg(i);
    const unsigned index = i - first;
    QualType type = arg->getType();
    if (i >= first && call.callee != nullptr && index < call.callee->getNumParams()) {
      type = call.callee->getParamDecl(index)->getType();
    } else if (arg->isGLValue() || i < first) {
      type = context_.getLValueReferenceType(type.getNonReferenceType());
    }
    Cell* cell = bind(arg, type);
    if (!type->isReferenceType()) live(cell, type);  // to the end of the statement
    return cell;
  };
  const auto* op = dyn_cast<CXXOperatorCallExpr>(expr);
  const unsigned count = expr->getNumArgs();
  std::vector<Cell*> operands(count);
  if (op != nullptr && count == 2 && op->isAssignmentOp()) {
    operands[1] = operand(1);  // C++17: what is assigned comes first
    operands[0] = operand(0);
  } else if (op != nullptr && (op->getOperator() == OO_Call || op->getOperator() == OO_Subscript ||
                               op->getOperator() == OO_LessLess || op->getOperator() == OO_Comma ||
                               op->getOperator() == OO_GreaterGreater)) {
    if (count > 0) operands[0] = operand(0);
    const auto rest = in_any_order(count - 1, expr, [&](std::size_t i) { return operand(i + 1); });
    std::copy(rest.begin(), rest.end(), operands.begin() + 1);
  } else {
    operands = in_any_order(count, expr, [&](std::size_t i) { return operand(i); });
  }
  if (first == 1) call.self = operands[0];
  call.args.assign(operands.begin() + first, operands.end());
  for (unsigned i = first; i < count; ++i) call.arg_exprs.push_back(expr->getArg(i));
  if (thrown_) return new_cell(unknown_at("an exception is thrown before this call", expr));
  if (auto handled = handler_.handle(*this, call)) return new_cell(std::move(*handled));
  if (Cell* modelled = StdModels::call(*this, call)) {
    const bool casts = call.callee->getIdentifier() != nullptr && call.callee->isInStdNamespace() &&
                       !isa<CXXMethodDecl>(call.callee);
    for (std::size_t i = 0; i < call.args.size() && i < call.callee->getNumParams() && !casts;
         ++i) {
      if (call.callee->getParamDecl(i)->getType()->isRValueReferenceType() &&
          !call.args[i]->value.as<Pointer>() && call.args[i] != call.self) {
        move_away(call.args[i], expr->getExprLoc());
      }
    }
    return modelled;
  }
  return run(call);
}

Cell* Interpreter::run(const Call& call) {
  const FunctionDecl* definition = nullptr;
  if (call.callee == nullptr || !call.callee->hasBody(definition)) return unknown_call(call);
  if (definition->isDependentContext() || frames_.size() >= kMaxCallDepth || exhausted() ||
      (context_.getSourceManager().isInSystemHeader(definition->getLocation()) &&
       !StdModels::is_transparent(*this, call)))
    return unknown_call(call);
  if (const auto* constructor = dyn_cast<CXXConstructorDecl>(definition)) {
    run_constructor(call.self, constructor, call.args,
                    call.expr ? call.expr->getExprLoc() : SourceLocation(), true);
    return call.self;
  }
  const auto* method = dyn_cast<CXXMethodDecl>(definition);
  if (isa<CXXConversionDecl>(definition) && method->getParent()->isLambda()) {
    if (const FunctionDecl* body = method->getParent()->getLambdaCallOperator();
        body != nullptr && !method->getParent()->isGenericLambda())
      return new_cell(body);
    return unknown_call(call);
  }
  if (method != nullptr && method->isDefaulted() && !call.args.empty() && call.self != nullptr &&
      (method->isCopyAssignmentOperator() || method->isMoveAssignmentOperator())) {
    if (call.self->value.as<Record>() && call.args[0]->value.as<Record>()) {
      copy_members(call.self, call.args[0], method->getParent(), method->isMoveAssignmentOperator(),
                   call.expr->getExprLoc());
    } else if (call.args[0]->value.unknown() != nullptr) {
      const Unknown why = *call.args[0]->value.unknown();
      havoc(call.self, why);
    } else {
      havoc(call.self, unknown_at("this assignment is not followed", call.expr));
    }
    return call.self;
  }

  run_.insert(definition);
  Frame frame;
  frame.function = definition;
  frame.self = call.self;
  frame.depth = uncertain_.size();
  if (call.expr != nullptr) frame.site = call.expr->getExprLoc();
  const auto* record = call.self != nullptr ? call.self->value.as<Record>() : nullptr;
  if (method != nullptr && method->getParent()->isLambda()) {
    frame.self = nullptr;
    if (record != nullptr && record->cls->isLambda()) {
      llvm::DenseMap<const VarDecl*, FieldDecl*> captures;
      FieldDecl* captured_this = nullptr;
      record->cls->getCaptureFields(captures, captured_this);
      for (const auto& [variable, captured] : captures) {
        frame.variables[variable] = field(call.self, captured, call.expr);
      }
      if (captured_this != nullptr) {
        Cell* object = field(call.self, captured_this, call.expr);
        frame.self = captured_this->getType()->isPointerType()
                         ? dereference(object->value, call.expr)
                         : object;
      }
    }
  }
  bind_parameters(definition, call.args, frame);
  frames_.push_back(&frame);
  const Flow flow = exec_body(definition);
  frames_.pop_back();
  uncertain_.resize(frame.depth);
  if (flow == Flow::kThrow) thrown_ = true;
  if (frame.result == nullptr) return new_cell(Value());
  if (!definition->getReturnType()->isReferenceType() && call.expr != nullptr) {
    frame.result->value = passed_on(std::move(frame.result->value), call.expr->getExprLoc(),
                                    "it is returned from " + name_of(definition));
  }
  return frame.result;
}

Flow Interpreter::exec_body(const FunctionDecl* function) {
  const Stmt* jump = nullptr;
  const auto find = [&](const Stmt* stmt, const auto& again) -> void {
    if (stmt == nullptr || jump != nullptr || isa<LambdaExpr>(stmt)) return;
    if (isa<GotoStmt, IndirectGotoStmt, AsmStmt>(stmt)) jump = stmt;
    for (const Stmt* child : stmt->children()) again(child, again);
  };
  find(function->getBody(), find);
  if (jump == nullptr) return exec(function->getBody());
  const Unknown why{"jumps are not followed", jump->getBeginLoc(), {}};
  repeat(why, [&] { exec(function->getBody()); });
  if (frames_.back()->result != nullptr || !function->getReturnType()->isVoidType())
    frames_.back()->result = new_cell(why);
  return Flow::kNext;
}

void Interpreter::bind_parameters(const FunctionDecl* function, const std::vector<Cell*>& args,
                                  Frame& frame) {
  for (unsigned i = 0; i < function->getNumParams(); ++i) {
    const ParmVarDecl* parameter = function->getParamDecl(i);
    const std::string name = "`" + parameter->getNameAsString() + "`";
    if (i >= args.size()) {
      frame.variables[parameter] = new_cell(Unknown{
          "what is passed as parameter " + name + " is not known", parameter->getLocation(), {}});
      continue;
    }
    frame.variables[parameter] = args[i];
    if (args[i]->value.unknown() != nullptr && parameter->getIdentifier() != nullptr &&
        !context_.getSourceManager().isInSystemHeader(parameter->getLocation())) {
      args[i]->value = passed_on(std::move(args[i]->value), parameter->getLocation(),
                                 "it is passed as parameter " + name + " of " + name_of(function));
    }
  }
}

void Interpreter::run_unseen(const FunctionDecl* function, Cell* self) {
  Call call;
  call.callee = function;
  call.self = self;
  for (const ParmVarDecl* parameter : function->parameters()) {
    call.args.push_back(
        new_cell(Unknown{"no call of " + name_of(function) + " shows what its parameter `" +
                             parameter->getNameAsString() + "` is",
                         parameter->getLocation(),
                         {}}));
  }
  const FunctionDecl* definition = nullptr;
  if (function->hasBody(definition)) run(call);
  take_thrown();
}

Cell* Interpreter::unknown_call(const Call& call) {
  const FunctionDecl* callee = call.callee;
  const SourceLocation place = call.expr != nullptr ? call.expr->getExprLoc() : SourceLocation();
  std::string reason;
  if (callee == nullptr) {
    reason = "which function is called here is not known";
  } else if (callee->getIdentifier() != nullptr && callee->getName() == "getenv") {
    reason = "the environment is only known at run time";
  } else if (exhausted()) {
    reason = "the code before this call is too much to follow";
  } else if (frames_.size() >= kMaxCallDepth) {
    reason = "calls nest too deeply to be followed";
  } else if (!callee->hasBody()) {
    undefined_.insert(callee->getCanonicalDecl());
    reason = name_of(callee) + " has no body in this source";
  } else {
    reason = "what " + name_of(callee) + " gives is only known at run time";
  }
  Unknown result{reason, place, {}};
  if (callee != nullptr && context_.getSourceManager().isInSystemHeader(callee->getLocation())) {
    // What goes in is to blame rather than the library.
    std::vector<Cell*> operands = call.args;
    if (call.self != nullptr) operands.insert(operands.begin(), call.self);
    for (const Cell* operand : operands) {
      if (const Unknown* unknown = operand->value.unknown()) {
        result = *unknown;
        break;
      }
    }
  }
  const Unknown changed{"it may be changed by the call of " + name_of(callee), place, {}};
  // The helpers of std that make objects forward what they are given; they change nothing that has
  // a name.
  const bool makes = callee != nullptr && callee->isInStdNamespace() &&
                     callee->getIdentifier() != nullptr && callee->getName().startswith("make_");
  // The library keeps nothing of what it is given, but for what it returns.
  bool in_std = false;
  for (const DeclContext* scope = callee != nullptr ? callee->getDeclContext() : nullptr;
       scope != nullptr && !in_std; scope = scope->getParent()) {
    in_std = scope->isStdNamespace();
  }
  const QualType returned = callee != nullptr ? callee->getReturnType() : context_.VoidTy;
  const bool lost =
      !in_std || !(returned->isVoidType() || returned->isArithmeticType() ||
                   returned->isReferenceType() || StdModels::kind(returned) == StdKind::kText);
  Cell* out = new_cell(result);
  const bool refers = in_std && returned->isReferenceType() && may_write_through(returned);
  note_unseen(call, in_std, result);
  for (std::size_t i = 0; i < call.args.size(); ++i) {
    if (refers) out->part_of.push_back(call.args[i]);
    QualType type = callee != nullptr && i < callee->getNumParams()
                        ? callee->getParamDecl(i)->getType()
                        : (i < call.arg_exprs.size()
                               ? context_.getLValueReferenceType(call.arg_exprs[i]->getType())
                               : context_.VoidTy);
    if (type->isReferenceType() && may_write_through(type) &&
        !(makes && type->isLValueReferenceType())) {
      havoc(call.args[i], changed, lost);
    } else if (type->isPointerType() && !may_write_through(type)) {
      const auto* pointer = call.args[i]->value.as<Pointer>();
      if (pointer != nullptr && pointer->cell != nullptr)
        escape(pointer->cell->value, changed, lost);
    } else {
      escape(call.args[i]->value, changed, lost);
    }
  }
  const auto* method = dyn_cast_or_null<CXXMethodDecl>(callee);
  if (call.self != nullptr && (method == nullptr || (!method->isConst() && !method->isStatic()))) {
    havoc(call.self, changed, lost);
    if (refers) out->part_of.push_back(call.self);
  } else if (call.self != nullptr) {
    escape(call.self->value, changed, lost);
    if (const auto* record = call.self->value.as<Record>()) {
      const auto fields = record->fields;
      for (const auto& [declared, cell] : fields) {
        if (declared->isMutable()) havoc(cell, changed, lost);
      }
    }
  }
  if (callee != nullptr && callee->isNoReturn()) thrown_ = true;
  return out;
}

void Interpreter::note_unseen(const Call& call, bool in_std, const Unknown& why) {
  if (unseen_) return;
  const auto is_task = [](const Cell* cell) {
    if (const auto* pointer = cell->value.as<Pointer>()) cell = pointer->cell;
    const auto* record = cell != nullptr ? cell->value.as<Record>() : nullptr;
    if (record == nullptr) return false;
    std::vector<const CXXRecordDecl*> line{record->cls};
    while (!line.empty()) {
      const auto* cls = line.back();
      line.pop_back();
      if (cls == nullptr) continue;
      if (cls->getQualifiedNameAsString() == "mort::Task") return true;
      for (const auto& base : cls->bases()) line.push_back(base.getType()->getAsCXXRecordDecl());
    }
    return false;
  };
  const auto* method = dyn_cast_or_null<CXXMethodDecl>(call.callee);
  const bool own = call.self != nullptr && is_task(call.self) && method != nullptr;
  bool given = own;
  bool by_member = call.callee == nullptr;
  for (std::size_t i = 0; i < call.args.size(); ++i) {
    given = given || is_task(call.args[i]);
    if (i < call.arg_exprs.size() && call.arg_exprs[i]->getType()->isMemberPointerType())
      by_member = true;
  }
  if (call.self != nullptr && call.callee == nullptr) given = given || is_task(call.self);
  // Only members and friends of a task can register for it.
  const bool is_friend = call.callee != nullptr && !in_std &&
                         (call.callee->getFriendObjectKind() != Decl::FOK_None ||
                          (method != nullptr && method->isStatic()));
  if (given && (own || by_member || is_friend)) unseen_ = why;
}

}  // namespace mort::analyzer
