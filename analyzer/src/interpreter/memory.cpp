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

}  // namespace mort::analyzer
