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
  if (parameter->isReferenceType()) {
    return arg->isGLValue() ? lvalue(arg) : new_cell(eval(arg));
  }
  return new_cell(eval(arg));
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
    call.self = bind(expr->getArg(0), context_.getLValueReferenceType(expr->getArg(0)->getType()));
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
  for (unsigned i = first; i < expr->getNumArgs(); ++i) {
    const Expr* arg = expr->getArg(i);
    const unsigned index = i - first;
    QualType type = arg->getType();
    if (call.callee != nullptr && index < call.callee->getNumParams()) {
      type = call.callee->getParamDecl(index)->getType();
    } else if (arg->isGLValue()) {
      type = context_.getLValueReferenceType(type);
    }
    call.arg_exprs.push_back(arg);
    call.args.push_back(bind(arg, type));
  }
  if (thrown_) return new_cell(unknown_at("an exception is thrown before this call", expr));
  if (auto handled = handler_.handle(*this, call)) return new_cell(std::move(*handled));
  if (Cell* modelled = StdModels::call(*this, call)) {
    const bool casts = call.callee->getIdentifier() != nullptr && call.callee->isInStdNamespace() &&
                       !isa<CXXMethodDecl>(call.callee);
    for (std::size_t i = 0; i < call.args.size() && i < call.callee->getNumParams() && !casts;
         ++i) {
      if (call.callee->getParamDecl(i)->getType()->isRValueReferenceType()) {
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
                    call.expr ? call.expr->getExprLoc() : SourceLocation());
    return call.self;
  }
  const auto* method = dyn_cast<CXXMethodDecl>(definition);
  if (method != nullptr && method->isDefaulted() && !call.args.empty() && call.self != nullptr &&
      (method->isCopyAssignmentOperator() || method->isMoveAssignmentOperator())) {
    store(call.self, clone(call.args[0]->value), call.expr->getExprLoc());
    if (method->isMoveAssignmentOperator()) move_away(call.args[0], call.expr->getExprLoc());
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
  const Flow flow = exec(definition->getBody());
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
  for (std::size_t i = 0; i < call.args.size(); ++i) {
    QualType type = callee != nullptr && i < callee->getNumParams()
                        ? callee->getParamDecl(i)->getType()
                        : (i < call.arg_exprs.size()
                               ? context_.getLValueReferenceType(call.arg_exprs[i]->getType())
                               : context_.VoidTy);
    if (type->isReferenceType() && may_write_through(type) &&
        !(makes && type->isLValueReferenceType())) {
      havoc(call.args[i], changed);
    } else if (type->isPointerType() ? may_write_through(type) : true) {
      escape(call.args[i]->value, changed);
    }
  }
  const auto* method = dyn_cast_or_null<CXXMethodDecl>(callee);
  if (call.self != nullptr && (method == nullptr || (!method->isConst() && !method->isStatic()))) {
    havoc(call.self, changed);
  }
  if (callee != nullptr && callee->isNoReturn()) thrown_ = true;
  return new_cell(result);
}

// ---- Objects
// -------------------------------------------------------------------------------------

void Interpreter::construct(Cell* self, const CXXConstructExpr* expr) {
  const CXXConstructorDecl* constructor = expr->getConstructor();
  if (expr->getType()->isArrayType()) {
    self->value =
        unknown_at("arrays of objects that are made without a list are not followed", expr);
    return;
  }
  std::vector<Cell*> args;
  for (unsigned i = 0; i < expr->getNumArgs(); ++i) {
    const QualType type = i < constructor->getNumParams() ? constructor->getParamDecl(i)->getType()
                                                          : expr->getArg(i)->getType();
    if (StdModels::is_allocator(type)) continue;  // says nothing of the value
    args.push_back(bind(expr->getArg(i), type));
  }
  if (thrown_) return;
  if (auto modelled = StdModels::construct(*this, expr, args)) {
    self->value = std::move(*modelled);
    if (constructor->isMoveConstructor()) move_away(args[0], expr->getExprLoc());
    return;
  }
  if (StdModels::kind(constructor->getParent()) == StdKind::kPlain && !constructor->isConstexpr()) {
    self->value = unknown_at("this constructor is not followed", expr);
    return;
  }
  if (expr->requiresZeroInitialization() && self->value.as<Record>() == nullptr) {
    self->value = StdModels::zero(*this, expr->getType(), expr);
  }
  run_constructor(self, constructor, args, expr->getExprLoc());
}

void Interpreter::run_constructor(Cell* self, const CXXConstructorDecl* constructor,
                                  const std::vector<Cell*>& args, SourceLocation site) {
  if (self->value.as<Record>() == nullptr) self->value = Record{constructor->getParent(), {}};
  const auto set_class = [&] {
    if (auto* record = self->value.as<Record>()) record->cls = constructor->getParent();
  };
  if (constructor->isCopyOrMoveConstructor() && !constructor->isUserProvided() && !args.empty()) {
    const Value copy = clone(args[0]->value);
    if (constructor->isMoveConstructor()) move_away(args[0], site);
    if (const auto* source = copy.as<Record>()) {
      // Merged, not replaced: the object may be the base of one that has fields of its own.
      for (const auto& [declared, cell] : source->fields) {
        self->value.as<Record>()->fields[declared] = cell;
      }
      set_class();
    } else {
      self->value = copy;
    }
    return;
  }
  const FunctionDecl* definition = nullptr;
  if (!constructor->hasBody(definition)) {
    set_class();
    if (constructor->isTrivial() || constructor->isDefaulted()) return;
    undefined_.insert(constructor->getCanonicalDecl());
    Call call;
    call.callee = constructor;
    call.args = args;
    const Unknown why{"the constructor of `" +
                          constructor->getParent()->getQualifiedNameAsString() +
                          "` has no body in this source",
                      site,
                      {}};
    unknown_call(call);
    self->value = why;
    return;
  }
  if (frames_.size() >= kMaxCallDepth) {
    self->value = Unknown{"calls nest too deeply to be followed", site, {}};
    return;
  }
  const auto* body = cast<CXXConstructorDecl>(definition);
  Frame frame;
  frame.function = body;
  frame.self = self;
  frame.depth = uncertain_.size();
  frame.site = site;
  bind_parameters(body, args, frame);
  frames_.push_back(&frame);
  bool stopped = false;
  for (const CXXCtorInitializer* init : body->inits()) {
    if (init->isAnyMemberInitializer()) set_class();
    const Expr* value = init->getInit();
    while (true) {
      if (const auto* cleanups = dyn_cast<ExprWithCleanups>(value)) {
        value = cleanups->getSubExpr();
      } else if (const auto* bound = dyn_cast<CXXBindTemporaryExpr>(value)) {
        value = bound->getSubExpr();
      } else {
        break;
      }
    }
    if (init->isBaseInitializer() || init->isDelegatingInitializer()) {
      if (const auto* constructed = dyn_cast<CXXConstructExpr>(value)) {
        construct(self, constructed);
      } else if (const auto* inherited = dyn_cast<CXXInheritedCtorInitExpr>(value)) {
        run_constructor(self, inherited->getConstructor(), args, site);
      } else if (const auto* list = dyn_cast<InitListExpr>(value)) {
        const Value part = initial_list(list);
        if (const auto* record = part.as<Record>()) {
          for (const auto& [declared, cell] : record->fields)
            self->value.as<Record>()->fields[declared] = cell;
        }
      }
    } else if (const FieldDecl* declared = init->getMember()) {
      Cell* made = bind(value, declared->getType());
      if (declared->getType()->isReferenceType()) {
        self->value.as<Record>()->fields[declared] = made;
      } else {
        Cell* cell = field(self, declared, value);
        cell->value = passed_on(std::move(made->value), init->getSourceLocation(),
                                "`" + declared->getNameAsString() + "` is set to it");
      }
    }
    if (thrown_ || self->value.as<Record>() == nullptr) {
      stopped = true;
      break;
    }
  }
  set_class();
  if (!stopped && exec(body->getBody()) == Flow::kThrow) thrown_ = true;
  frames_.pop_back();
  uncertain_.resize(frame.depth);
}

Cell* Interpreter::field(Cell* base, const FieldDecl* declared, const Expr* expr) {
  if (auto* record = base->value.as<Record>()) {
    if (declared->getParent()->isUnion()) {
      return new_cell(Unknown{"members of unions are not followed", declared->getLocation(), {}});
    }
    Cell*& cell = record->fields[declared];
    if (cell == nullptr) {
      cell = new_cell(Unknown{"`" + declared->getNameAsString() + "` has no initial value",
                              declared->getLocation(),
                              {}});
      cell->depth = base->depth;
    }
    return cell;
  }
  Cell* cell = new_cell(base->value.unknown() != nullptr || expr == nullptr
                            ? base->value
                            : Value(unknown_at("members of this type are not followed", expr)));
  cell->part_of = {base};
  return cell;
}

Value Interpreter::initial_list(const InitListExpr* expr) {
  if (expr->isSyntacticForm() && expr->getSemanticForm() != nullptr) {
    expr = expr->getSemanticForm();
  }
  const QualType type = expr->getType();
  if (expr->isTransparent()) return eval(expr->getInit(0));
  if (const auto* array = context_.getAsConstantArrayType(type)) {
    List list;
    const std::uint64_t size = array->getSize().getZExtValue();
    if (size > kMaxIterations) return unknown_at("an array this long is not followed", expr);
    for (std::uint64_t i = 0; i < size; ++i) {
      const Expr* init = i < expr->getNumInits() ? expr->getInit(i) : expr->getArrayFiller();
      Cell* cell = new_cell(
          init != nullptr ? eval(init) : StdModels::zero(*this, array->getElementType(), expr));
      if (init != nullptr) cell->origin = init->getBeginLoc();
      list.items.push_back(cell);
    }
    return list;
  }
  if (const auto* cls = type->getAsCXXRecordDecl()) {
    if (StdModels::kind(cls) == StdKind::kList) {  // std::array: its one member is the C array
      if (expr->getNumInits() == 0) return List{};
      return eval(expr->getInit(0));
    }
    if (cls->isUnion()) return unknown_at("members of unions are not followed", expr);
    Record record{cls, {}};
    unsigned next = 0;
    for (const auto& base : cls->bases()) {
      (void)base;
      const Value value = next < expr->getNumInits() ? eval(expr->getInit(next)) : Value();
      ++next;
      if (const auto* part = value.as<Record>())
        record.fields.insert(part->fields.begin(), part->fields.end());
    }
    Cell* self = new_cell(record);
    for (const FieldDecl* declared : cls->fields()) {
      if (declared->isUnnamedBitfield()) continue;
      if (next >= expr->getNumInits()) break;
      const Expr* init = expr->getInit(next++);
      Frame frame;  // `this` of a default member initialiser is the aggregate
      frame.self = self;
      frame.depth = uncertain_.size();
      const bool is_default = isa<CXXDefaultInitExpr>(init);
      if (is_default) frames_.push_back(&frame);
      Cell* cell = bind(init, declared->getType());
      if (is_default) frames_.pop_back();
      cell->origin = init->getBeginLoc();
      self->value.as<Record>()->fields[declared] = cell;
    }
    return std::move(self->value);
  }
  if (expr->getNumInits() == 1) return eval(expr->getInit(0));
  return StdModels::zero(*this, type, expr);
}

Value Interpreter::lambda(const LambdaExpr* expr) {
  Record closure{expr->getLambdaClass(), {}};
  auto field = closure.cls->field_begin();
  for (const Expr* init : expr->capture_inits()) {
    if (init != nullptr) closure.fields[*field] = bind(init, field->getType());
    ++field;
  }
  return closure;
}

}  // namespace mort::analyzer
