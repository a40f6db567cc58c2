// Copies and ends of objects, and operands whose order is not specified.
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/ExprCXX.h>
#include <clang/Basic/SourceManager.h>

#include "interpreter/interpreter.hpp"
#include "interpreter/std_models.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

/// Classes that were looked at: a struct may hold a list of itself.
using Classes = std::set<const CXXRecordDecl*>;

bool copies_in_cells(QualType type, Classes& seen) {
  if (const auto* array = type->getAsArrayTypeUnsafe())
    return copies_in_cells(array->getElementType(), seen);
  const auto* cls = type.getNonReferenceType()->getAsCXXRecordDecl();
  if (cls == nullptr || !cls->hasDefinition() || !seen.insert(cls).second) return true;
  if (StdModels::kind(cls) != StdKind::kNone) {
    if (const auto* instance = dyn_cast<ClassTemplateSpecializationDecl>(cls)) {
      for (const TemplateArgument& argument : instance->getTemplateArgs().asArray()) {
        if (argument.getKind() == TemplateArgument::Type &&
            !copies_in_cells(argument.getAsType(), seen))
          return false;
      }
    }
    return true;
  }
  for (const auto* constructor : cls->ctors()) {
    if (constructor->isCopyOrMoveConstructor() && constructor->isUserProvided()) return false;
  }
  for (const auto* method : cls->methods()) {
    if ((method->isCopyAssignmentOperator() || method->isMoveAssignmentOperator()) &&
        method->isUserProvided())
      return false;
  }
  if (const auto* destructor = cls->getDestructor();
      destructor && destructor->isUserProvided() && !destructor->isDefaulted()) {
    const FunctionDecl* body = nullptr;
    const auto* block =
        destructor->hasBody(body) ? dyn_cast<CompoundStmt>(body->getBody()) : nullptr;
    if (block == nullptr || !block->body_empty()) return false;
  }
  for (const auto& base : cls->bases()) {
    if (!copies_in_cells(base.getType(), seen)) return false;
  }
  for (const auto* declared : cls->fields()) {
    if (!declared->getType()->isReferenceType() && !declared->getType()->isPointerType() &&
        !copies_in_cells(declared->getType(), seen))
      return false;
  }
  return true;
}

bool runs_when_destroyed(QualType type, Classes& seen) {
  if (type.isNull() || type->isReferenceType()) return false;
  if (const auto* array = type->getAsArrayTypeUnsafe())
    return runs_when_destroyed(array->getElementType(), seen);
  const auto* cls = type->getAsCXXRecordDecl();
  if (cls == nullptr || !cls->hasDefinition() || !seen.insert(cls).second) return false;
  if (StdModels::kind(cls) != StdKind::kNone) {
    if (const auto* instance = dyn_cast<ClassTemplateSpecializationDecl>(cls)) {
      for (const TemplateArgument& argument : instance->getTemplateArgs().asArray()) {
        if (argument.getKind() == TemplateArgument::Type &&
            runs_when_destroyed(argument.getAsType(), seen))
          return true;
        if (argument.getKind() == TemplateArgument::Pack) {
          for (const TemplateArgument& one : argument.pack_elements()) {
            if (one.getKind() == TemplateArgument::Type &&
                runs_when_destroyed(one.getAsType(), seen))
              return true;
          }
        }
      }
    }
    return false;
  }
  if (const auto* destructor = cls->getDestructor()) {
    const FunctionDecl* body = nullptr;
    const auto* block =
        destructor->hasBody(body) ? dyn_cast<CompoundStmt>(body->getBody()) : nullptr;
    if (destructor->isUserProvided() && (block == nullptr || !block->body_empty())) return true;
  }
  for (const auto& base : cls->bases()) {
    if (runs_when_destroyed(base.getType(), seen)) return true;
  }
  for (const auto* declared : cls->fields()) {
    if (runs_when_destroyed(declared->getType(), seen)) return true;
  }
  return false;
}

}  // namespace

bool Interpreter::copies_plainly(QualType type) {
  Classes seen;
  return copies_in_cells(type, seen);
}

bool Interpreter::has_destructor(QualType type) {
  Classes seen;
  return runs_when_destroyed(type, seen);
}

void Interpreter::live(Cell* cell, QualType type) {
  if (type->isReferenceType() || type->isVoidType()) return;
  if (cell->value.as<std::string>() || StdModels::kind(type) == StdKind::kText ||
      has_destructor(type))
    living_.push_back({cell, type});
}

void Interpreter::end_lives(std::size_t mark) {
  const bool thrown = std::exchange(thrown_, false);
  while (living_.size() > mark) {
    const Living last = living_.back();
    living_.pop_back();
    ++last.cell->version;  // views of it show nothing any more
    if (has_destructor(last.type)) destroy(last.cell, last.type);
  }
  thrown_ = thrown;
}

void Interpreter::destroy(Cell* cell, QualType type) {
  if (type->getAsArrayTypeUnsafe() != nullptr) {
    const QualType element = type->getAsArrayTypeUnsafe()->getElementType();
    if (const auto* list = cell->value.as<List>()) {
      const auto items = list->items;
      for (auto item = items.rbegin(); item != items.rend(); ++item) destroy(*item, element);
    }
    return;
  }
  const auto* cls = type->getAsCXXRecordDecl();
  if (StdModels::kind(cls) == StdKind::kNone) {
    destroy_record(cell, cls);
    return;
  }
  // Containers and owners: in which order, or whether at all, is not followed.
  const Unknown why{"it may be changed when an object that refers to it is destroyed",
                    type->getAsCXXRecordDecl()->getLocation(),
                    {}};
  escape(cell->value, why);
  if (const auto* list = cell->value.as<List>()) {
    const auto items = list->items;
    for (Cell* item : items) havoc(item, why, true);
  }
}

void Interpreter::destroy_record(Cell* cell, const CXXRecordDecl* cls) {
  auto* record = cell->value.as<Record>();
  if (record == nullptr || cls == nullptr) return;
  record->cls = cls;
  if (const CXXDestructorDecl* destructor = cls->getDestructor();
      destructor != nullptr && destructor->isUserProvided()) {
    Call call;
    call.callee = destructor;
    call.self = cell;
    run(call);
  }
  record = cell->value.as<Record>();
  if (record == nullptr) return;
  std::vector<const FieldDecl*> fields(cls->field_begin(), cls->field_end());
  for (auto declared = fields.rbegin(); declared != fields.rend(); ++declared) {
    if (!has_destructor((*declared)->getType())) continue;
    if (const auto found = record->fields.find(*declared); found != record->fields.end())
      destroy(found->second, (*declared)->getType());
  }
  std::vector<const CXXRecordDecl*> bases;
  for (const auto& base : cls->bases()) bases.push_back(base.getType()->getAsCXXRecordDecl());
  for (auto base = bases.rbegin(); base != bases.rend(); ++base) {
    if (*base != nullptr && has_destructor(QualType((*base)->getTypeForDecl(), 0)))
      destroy_record(cell, *base);
  }
}

void Interpreter::copy_members(Cell* to, Cell* from, const CXXRecordDecl* cls, bool move,
                               SourceLocation place) {
  for (const auto& base : cls->bases()) {
    if (const auto* record = base.getType()->getAsCXXRecordDecl())
      copy_members(to, from, record->getDefinition(), move, place);
  }
  for (const FieldDecl* declared : cls->fields()) {
    Cell* target = field(to, declared, nullptr);
    Cell* source = field(from, declared, nullptr);
    const auto* inner = declared->getType()->getAsCXXRecordDecl();
    if (!copies_plainly(declared->getType())) {
      havoc(target, {"how members of it are assigned is not followed", place, {}}, true);
      if (move) havoc(source, {"its value was moved away", place, {}}, true);
    } else if (inner != nullptr && StdModels::kind(inner) == StdKind::kNone &&
               target->value.as<Record>() && source->value.as<Record>()) {
      copy_members(target, source, inner->getDefinition(), move, place);
    } else {
      Value value = clone(source->value);
      if (move && target != source) {
        if (StdModels::kind(inner) == StdKind::kSmartPointer) {
          store(source, Pointer{}, place);
        } else {
          move_away(source, place);
        }
      }
      store(target, std::move(value), place);
    }
  }
}

// ---- Operands whose order is not specified

void Interpreter::settle_order(const std::vector<Trace>& traces, std::size_t first_new_cell,
                               const Expr* expr, std::vector<Cell*>& operands) {
  const Unknown why = unknown_at(
      "it depends on the order in which operands are evaluated, which C++ does not specify", expr);
  std::set<std::size_t> touched;
  for (std::size_t i = 0; i < traces.size(); ++i) {
    std::set<Cell*> written;
    for (Cell* cell : traces[i].written) {
      if (cell->serial < first_new_cell) written.insert(cell);
    }
    if (written.empty()) continue;
    for (std::size_t j = 0; j < traces.size(); ++j) {
      if (i == j) continue;
      std::set<Cell*> reached;
      std::vector<Cell*> line = traces[j].seen;
      line.insert(line.end(), traces[j].written.begin(), traces[j].written.end());
      bool meets = false;
      while (!line.empty() && !meets) {
        Cell* cell = line.back();
        line.pop_back();
        if (!reached.insert(cell).second) continue;
        meets = written.count(cell) != 0 || reached.size() > 2000;
        if (cell->text != nullptr) line.push_back(cell->text);
        line.insert(line.end(), cell->part_of.begin(), cell->part_of.end());
        if (const auto* list = cell->value.as<List>())
          line.insert(line.end(), list->items.begin(), list->items.end());
        if (const auto* record = cell->value.as<Record>()) {
          for (const auto& [declared, child] : record->fields) line.push_back(child);
        }
        if (const auto* pointer = cell->value.as<Pointer>(); pointer && pointer->cell)
          line.push_back(pointer->cell);
      }
      if (!meets) continue;
      touched.insert(i);
      touched.insert(j);
      for (Cell* cell : written) havoc(cell, why);
    }
  }
  for (const std::size_t i : touched) {
    Cell* cell = new_cell(why);
    if (operands[i]->serial < first_new_cell) {
      cell->part_of = {operands[i]};
    } else {
      escape(operands[i]->value, why);
    }
    operands[i] = cell;
  }
  if (!traces_.empty()) {
    for (const Trace& trace : traces) {
      auto& outer = *traces_.back();
      outer.seen.insert(outer.seen.end(), trace.seen.begin(), trace.seen.end());
      outer.written.insert(outer.written.end(), trace.written.begin(), trace.written.end());
    }
  }
}

}  // namespace mort::analyzer
