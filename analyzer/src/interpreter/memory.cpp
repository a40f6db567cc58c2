// Cells: how values are copied, written, lost from sight, and how objects end.
#include <clang/AST/DeclTemplate.h>
#include <clang/Basic/SourceManager.h>

#include "interpreter/interpreter.hpp"
#include "interpreter/std_models.hpp"

namespace mort::analyzer {

using namespace clang;

Value Interpreter::clone(const Value& value) {
  if (value.shows != nullptr && value.shows->version != value.shown_version)
    return Unknown{"the text that this view shows was changed or is gone", {}, {}};
  if (const auto* list = value.as<List>()) {
    List copy;
    for (Cell* item : list->items) {
      Cell* cell = new_cell(clone(item->value));
      cell->origin = item->origin;
      copy.items.push_back(cell);
    }
    return copy;
  }
  if (const auto* record = value.as<Record>()) {
    Record copy{record->cls, {}};
    for (const auto& [field, cell] : record->fields) {
      Cell* to = field->getType()->isReferenceType() ? cell : new_cell(clone(cell->value));
      if (to != cell) to->origin = cell->origin;
      copy.fields[field] = to;
    }
    return copy;
  }
  return value;
}

Value Interpreter::view_of(Cell* cell, std::string text) {
  Value value = std::move(text);
  value.shows = cell->value.shows != nullptr ? cell->value.shows : cell;
  value.shown_version = cell->value.shows != nullptr ? cell->value.shown_version : cell->version;
  return value;
}

void Interpreter::refresh(Cell* cell, SourceLocation place) {
  if (cell->text != nullptr) {
    refresh(cell->text, place);
    const auto* text = cell->text->value.as<std::string>();
    if (cell->text->value.unknown() != nullptr) {
      cell->value = *cell->text->value.unknown();
    } else if (text == nullptr || cell->at > text->size()) {
      cell->value = Unknown{"the text that this character is of was changed", place, {}};
    } else {
      cell->value = integer(cell->at < text->size() ? (*text)[cell->at] : 0, context_.CharTy);
    }
  } else if (cell->value.shows != nullptr &&
             cell->value.shows->version != cell->value.shown_version) {
    cell->value = Unknown{"the text that this view shows was changed or is gone", place, {}};
  }
}

bool Interpreter::may_change(Cell* cell, SourceLocation place) {
  ++cell->version;
  if (!traces_.empty()) traces_.back()->written.push_back(cell);
  if (cell->lost) {
    havoc(cell, *cell->lost, true);
    return false;
  }
  if (cell->depth >= uncertain_.size()) return true;
  Unknown why = uncertain_[cell->depth];
  why.chain.push_back({place, "it may be changed here"});
  havoc(cell, why);
  return false;
}

void Interpreter::store(Cell* cell, Value value, SourceLocation place) {
  for (Cell* whole : cell->part_of) {
    havoc(whole, {"an element of it that is not known which is assigned", place, {}});
  }
  // Fields keep their cells, as references to them may be held elsewhere.
  auto* record = cell->value.as<Record>();
  const auto* source = value.as<Record>();
  if (record != nullptr && source != nullptr && record->cls == source->cls) {
    if (!traces_.empty()) traces_.back()->written.push_back(cell);
    for (const auto& [declared, from] : source->fields) {
      Cell*& to = record->fields[declared];
      if (to == nullptr) {
        to = from;
      } else if (!declared->getType()->isReferenceType()) {
        store(to, from->value, place);
      }
    }
    return;
  }
  if (!may_change(cell, place)) {
    escape(value,
           cell->lost ? *cell->lost : uncertain_[std::min(cell->depth, uncertain_.size() - 1)]);
    return;
  }
  if (cell->text != nullptr) {
    const auto* character = value.as<llvm::APSInt>();
    auto* text = cell->text->value.as<std::string>();
    if (!may_change(cell->text, place)) return;
    if (character == nullptr || text == nullptr || cell->at >= text->size()) {
      havoc(cell->text, value.unknown() ? *value.unknown()
                                        : Unknown{"a character of it is assigned", place, {}});
    } else {
      (*text)[cell->at] = static_cast<char>(character->extOrTrunc(64).getExtValue());
    }
  }
  cell->value = std::move(value);
}

void Interpreter::havoc(Cell* cell, const Unknown& why, bool lost) {
  if (!in_havoc_.insert(cell).second) return;
  ++cell->version;
  for (Cell* whole : cell->part_of) havoc(whole, why, lost);
  if (cell->text != nullptr) havoc(cell->text, why, lost);
  if (auto* record = cell->value.as<Record>()) {
    // The object itself stays, so that its class is still known.
    for (const auto* declared : record->cls->fields()) field(cell, declared, nullptr);
    const auto fields = record->fields;
    for (const auto& [declared, child] : fields) havoc(child, why, lost);
  } else {
    if (lost) cell->lost = why;
    if (cell->value.unknown() == nullptr) {
      if (!traces_.empty()) traces_.back()->written.push_back(cell);
      oldest_change_ = std::min(oldest_change_, cell->serial);
      const Value old = std::move(cell->value);
      cell->value = why;
      if (const auto* list = old.as<List>()) {
        for (Cell* item : list->items) havoc(item, why, lost);
      }
      escape(old, why);
    }
  }
  in_havoc_.erase(cell);
}

void Interpreter::escape(const Value& value, const Unknown& why, bool lost) {
  if (const auto* pointer = value.as<Pointer>()) {
    if (pointer->cell != nullptr && escaping_ < 8) {
      ++escaping_;
      havoc(pointer->cell, why, lost);
      --escaping_;
    }
  } else if (const auto* list = value.as<List>()) {
    for (Cell* item : list->items) escape(item->value, why, lost);
  } else if (const auto* record = value.as<Record>()) {
    if (record->cls->isLambda()) {
      if (escaping_ >= 4) return;
      ++escaping_;
      Cell* self = new_cell(value);
      std::vector<const FunctionDecl*> bodies;
      if (const auto* generic = record->cls->getDependentLambdaCallOperator()) {
        for (const auto* body : generic->specializations()) bodies.push_back(body);
      } else if (const auto* body = record->cls->getLambdaCallOperator()) {
        bodies.push_back(body);
      }
      for (const auto* body : bodies) {
        repeat(why, [&] { run_unseen(body, self); });
      }
      --escaping_;
      // What it may write, it may write again at any time.
      const auto lose = [&](Cell* cell, const auto& again, int depth) -> void {
        if (cell->value.unknown() != nullptr) {
          if (lost) cell->lost = *cell->value.unknown();
        } else if (const auto* part = cell->value.as<Record>(); part != nullptr && depth < 4) {
          for (const auto& [declared, child] : part->fields) again(child, again, depth + 1);
        } else if (const auto* target = cell->value.as<Pointer>();
                   target != nullptr && target->cell != nullptr && depth < 4) {
          again(target->cell, again, depth + 1);
        }
      };
      for (const auto& [declared, cell] : record->fields) lose(cell, lose, 0);
      return;
    }
    for (const auto& [declared, cell] : record->fields) {
      if (declared->getType()->isReferenceType()) {
        havoc(cell, why, lost);
      } else {
        escape(cell->value, why, lost);
      }
    }
  }
}

void Interpreter::move_away(Cell* cell, SourceLocation place) {
  const Unknown why{"its value was moved away", place, {}};
  for (Cell* whole : cell->part_of) havoc(whole, why);
  if (cell->value.as<std::string>() || cell->value.as<List>()) {
    ++cell->version;
    if (!traces_.empty()) traces_.back()->written.push_back(cell);
    oldest_change_ = std::min(oldest_change_, cell->serial);
    cell->value = why;
  } else if (const auto* record = cell->value.as<Record>()) {
    const auto fields = record->fields;
    for (const auto& [declared, child] : fields) {
      if (declared->getType()->isReferenceType()) continue;
      if (StdModels::kind(declared->getType()) == StdKind::kSmartPointer) {
        store(child, Pointer{}, place);
      } else {
        move_away(child, place);
      }
    }
  }
}

// ---- Copies and ends of objects

bool Interpreter::copies_plainly(QualType type) {
  if (const auto* array = type->getAsArrayTypeUnsafe())
    return copies_plainly(array->getElementType());
  const auto* cls = type.getNonReferenceType()->getAsCXXRecordDecl();
  if (cls == nullptr || !cls->hasDefinition()) return true;
  if (StdModels::kind(cls) != StdKind::kNone) {
    if (const auto* instance = dyn_cast<ClassTemplateSpecializationDecl>(cls)) {
      for (const TemplateArgument& argument : instance->getTemplateArgs().asArray()) {
        if (argument.getKind() == TemplateArgument::Type && !copies_plainly(argument.getAsType()))
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
    if (!copies_plainly(base.getType())) return false;
  }
  for (const auto* declared : cls->fields()) {
    if (!declared->getType()->isReferenceType() && !declared->getType()->isPointerType() &&
        !copies_plainly(declared->getType()))
      return false;
  }
  return true;
}

bool Interpreter::has_destructor(QualType type) {
  if (type.isNull() || type->isReferenceType()) return false;
  if (const auto* array = type->getAsArrayTypeUnsafe())
    return has_destructor(array->getElementType());
  const auto* cls = type->getAsCXXRecordDecl();
  if (cls == nullptr || !cls->hasDefinition()) return false;
  if (StdModels::kind(cls) != StdKind::kNone) {
    if (const auto* instance = dyn_cast<ClassTemplateSpecializationDecl>(cls)) {
      for (const TemplateArgument& argument : instance->getTemplateArgs().asArray()) {
        if (argument.getKind() == TemplateArgument::Type && has_destructor(argument.getAsType()))
          return true;
        if (argument.getKind() == TemplateArgument::Pack) {
          for (const TemplateArgument& one : argument.pack_elements()) {
            if (one.getKind() == TemplateArgument::Type && has_destructor(one.getAsType()))
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
    if (has_destructor(base.getType())) return true;
  }
  for (const auto* declared : cls->fields()) {
    if (has_destructor(declared->getType())) return true;
  }
  return false;
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
