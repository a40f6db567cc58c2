// Objects: how constructors, lists and lambdas make them.
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/ExprCXX.h>
#include <clang/Basic/SourceManager.h>

#include "interpreter/interpreter.hpp"
#include "interpreter/std_models.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

/// Fields are known by their declaration, so two objects of one base class would be taken for one.
bool has_a_base_twice(const CXXRecordDecl* cls) {
  std::set<const CXXRecordDecl*> seen, virtual_ones;
  std::vector<const CXXRecordDecl*> line{cls};
  while (!line.empty()) {
    const CXXRecordDecl* next = line.back();
    line.pop_back();
    if (next == nullptr || !next->hasDefinition()) continue;
    for (const auto& base : next->bases()) {
      const auto* record = base.getType()->getAsCXXRecordDecl();
      if (record == nullptr) continue;
      record = record->getCanonicalDecl();
      if (base.isVirtual() && !virtual_ones.insert(record).second) continue;
      if (!seen.insert(record).second && !record->isEmpty()) return true;
      line.push_back(base.getType()->getAsCXXRecordDecl());
    }
  }
  return false;
}

}  // namespace

void Interpreter::construct(Cell* self, const CXXConstructExpr* expr) {
  const CXXConstructorDecl* constructor = expr->getConstructor();
  if (expr->getType()->isArrayType()) {
    self->value =
        unknown_at("arrays of objects that are made without a list are not followed", expr);
    return;
  }
  std::vector<unsigned> places;
  const auto type_of = [&](unsigned i) {
    return i < constructor->getNumParams() ? constructor->getParamDecl(i)->getType()
                                           : expr->getArg(i)->getType();
  };
  for (unsigned i = 0; i < expr->getNumArgs(); ++i) {
    if (!StdModels::is_allocator(type_of(i))) places.push_back(i);  // says nothing of the value
  }
  const auto operand = [&](std::size_t i) {
    Cell* cell = bind(expr->getArg(places[i]), type_of(places[i]));
    if (!type_of(places[i])->isReferenceType()) live(cell, type_of(places[i]));
    return cell;
  };
  std::vector<Cell*> args;
  if (expr->isListInitialization()) {
    for (std::size_t i = 0; i < places.size(); ++i) args.push_back(operand(i));
  } else {
    args = in_any_order(places.size(), expr, operand);
  }
  if (thrown_) return;
  if (auto modelled = StdModels::construct(*this, expr, args)) {
    self->value = std::move(*modelled);
    if (!args.empty() && constructor->getNumParams() > 0 &&
        constructor->getParamDecl(0)->getType()->isRValueReferenceType() &&
        StdModels::kind(constructor->getParamDecl(0)->getType()) != StdKind::kNone) {
      if (StdModels::kind(constructor->getParamDecl(0)->getType()) == StdKind::kSmartPointer) {
        if (args[0]->value.as<Pointer>()) store(args[0], Pointer{}, expr->getExprLoc());
      } else {
        move_away(args[0], expr->getExprLoc());
      }
    }
    return;
  }
  if (StdModels::kind(constructor->getParent()) == StdKind::kPlain && !constructor->isConstexpr()) {
    self->value = unknown_at("this constructor is not followed", expr);
    return;
  }
  if (expr->requiresZeroInitialization() && self->value.as<Record>() == nullptr) {
    self->value = StdModels::zero(*this, expr->getType(), expr);
  }
  run_constructor(self, constructor, args, expr->getExprLoc(),
                  expr->getConstructionKind() == CXXConstructExpr::CK_Complete ||
                      (expr->getConstructionKind() == CXXConstructExpr::CK_Delegating &&
                       frames_.back()->complete));
}

void Interpreter::run_constructor(Cell* self, const CXXConstructorDecl* constructor,
                                  const std::vector<Cell*>& args, SourceLocation site,
                                  bool complete) {
  if (self->value.as<Record>() == nullptr) self->value = Record{constructor->getParent(), {}};
  if (complete && has_a_base_twice(constructor->getParent())) {
    for (Cell* arg : args)
      escape(arg->value, {"it goes into an object that is not followed", site, {}});
    self->value = Unknown{"a class that has the same base twice is not followed", site, {}};
    return;
  }
  const auto set_class = [&] {
    if (auto* record = self->value.as<Record>()) record->cls = constructor->getParent();
  };
  const QualType type(constructor->getParent()->getTypeForDecl(), 0);
  if (constructor->isCopyOrMoveConstructor() && !constructor->isUserProvided() && !args.empty() &&
      (!constructor->hasBody() || copies_plainly(type))) {
    if (!copies_plainly(type)) {
      self->value = Unknown{"how members of it are copied is not followed", site, {}};
      escape(args[0]->value, {"it is copied in a way that is not followed", site, {}});
      return;
    }
    const Value copy = clone(args[0]->value);
    if (constructor->isMoveConstructor()) move_away(args[0], site);
    if (const auto* source = copy.as<Record>()) {
      // Merged, not replaced: the object may be the base of one that has fields of its own.
      // Fields of classes that derive from it are sliced off.
      for (const auto& [declared, cell] : source->fields) {
        const auto* owner = dyn_cast<CXXRecordDecl>(declared->getParent());
        const auto* cls = constructor->getParent();
        if (owner == nullptr || owner->getCanonicalDecl() == cls->getCanonicalDecl() ||
            cls->isDerivedFrom(owner))
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
  frame.complete = complete;
  bind_parameters(body, args, frame);
  frames_.push_back(&frame);
  bool stopped = false;
  for (const CXXCtorInitializer* init : body->inits()) {
    if (init->isBaseInitializer() && init->isBaseVirtual() && !complete) continue;
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
        run_constructor(self, inherited->getConstructor(), args, site, false);
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
  if (!stopped && exec_body(body) == Flow::kThrow) thrown_ = true;
  frames_.pop_back();
  uncertain_.resize(frame.depth);
}

Cell* Interpreter::field(Cell* base, const FieldDecl* declared, const Expr* expr) {
  if (auto* record = base->value.as<Record>()) {
    if (declared->getParent()->isUnion()) {
      return new_cell(Unknown{"members of unions are not followed", declared->getLocation(), {}});
    }
    if (declared->isBitField()) {
      return new_cell(Unknown{"bit-fields are not followed", declared->getLocation(), {}});
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
