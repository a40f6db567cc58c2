// Algorithms of the standard library over lists that are known.
#include <clang/AST/DeclTemplate.h>

#include <algorithm>

#include "interpreter/std_models.hpp"
#include "interpreter/std_text.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

/// Less, for values that have a plain order.
std::optional<bool> before(const Value& a, const Value& b) {
  if (a.as<std::string>() && b.as<std::string>())
    return *a.as<std::string>() < *b.as<std::string>();
  if (a.as<llvm::APSInt>() && b.as<llvm::APSInt>())
    return llvm::APSInt::compareValues(*a.as<llvm::APSInt>(), *b.as<llvm::APSInt>()) < 0;
  return std::nullopt;
}

}  // namespace

Cell* StdModels::algorithm(Interpreter& in, const Call& call, const std::string& name) {
  const auto& args = call.args;
  if (args.size() < 2 || call.callee->getNumParams() < 2) return nullptr;
  const bool maps = name == "transform" && args.size() == 4;
  const bool copies = name == "copy" && args.size() == 3;
  const bool filters = name == "copy_if" && args.size() == 4;
  const bool visits = name == "for_each" && args.size() == 3;
  const bool sorts = (name == "sort" || name == "stable_sort") && args.size() <= 3;
  const bool turns = name == "reverse" && args.size() == 2;
  const bool asks =
      (name == "any_of" || name == "all_of" || name == "none_of" || name == "find_if") &&
      args.size() == 3;
  const bool finds = name == "find" && args.size() == 3;
  if (!maps && !copies && !filters && !visits && !sorts && !turns && !asks && !finds)
    return nullptr;
  const auto part = between(args[0]->value, args[1]->value);
  if (!part) return nullptr;
  const std::vector<Cell*>* items = &part->items;
  const SourceLocation place = call.expr->getExprLoc();
  Cell* callable = maps || filters ? args[3] : visits || asks ? args[2] : nullptr;
  if (sorts && args.size() == 3) callable = args[2];
  // Only what is known to be callable is taken on: half an algorithm cannot be taken back.
  if (callable != nullptr) {
    const auto* record = callable->value.as<Record>();
    const auto* function = callable->value.as<const FunctionDecl*>();
    if ((record == nullptr && function == nullptr) ||
        (function != nullptr && !(*function)->hasBody()) ||
        (record != nullptr && kind(record->cls) != StdKind::kNone))
      return nullptr;
  }
  const auto truth_of = [&](const Cell* cell) -> std::optional<bool> {
    const auto* number = cell != nullptr ? cell->value.as<llvm::APSInt>() : nullptr;
    return number != nullptr ? std::optional(number->getBoolValue()) : std::nullopt;
  };
  const auto give_up = [&](Cell* target) {
    const Unknown why = in.unknown_at("what this algorithm does is not followed", call.expr);
    for (Cell* item : *items) in.havoc(item, why);
    if (target != nullptr) in.escape(target->value, why);
    for (Cell* arg : args) in.escape(arg->value, why);
    return in.new_cell(why);
  };

  if (turns || sorts) {
    std::vector<Value> values;
    for (const Cell* item : *items) values.push_back(in.clone(item->value));
    if (!items->empty() && (*items)[0]->value.as<Record>() &&
        !Interpreter::copies_plainly(
            QualType((*items)[0]->value.as<Record>()->cls->getTypeForDecl(), 0)))
      return give_up(nullptr);
    if (turns) {
      std::reverse(values.begin(), values.end());
    } else {
      // Insertion, one question at a time: a comparison may be the program's.
      std::vector<Value> ordered;
      for (Value& value : values) {
        std::size_t at = ordered.size();
        for (std::size_t i = 0; i < ordered.size(); ++i) {
          std::optional<bool> smaller;
          std::optional<bool> larger;
          if (callable == nullptr) {
            smaller = before(value, ordered[i]);
            larger = before(ordered[i], value);
          } else {
            Cell* a = in.new_cell(in.clone(value));
            Cell* b = in.new_cell(in.clone(ordered[i]));
            smaller = truth_of(invoke(in, call, callable, {a, b}));
            larger = truth_of(invoke(in, call, callable, {b, a}));
          }
          if (!smaller || !larger) return give_up(nullptr);
          // Which of two equals comes first is not specified, unless they are the same in all.
          if (!*smaller && !*larger && callable != nullptr && name == "sort")
            return give_up(nullptr);
          if (*smaller && at == ordered.size()) at = i;
        }
        ordered.insert(ordered.begin() + static_cast<std::ptrdiff_t>(at), std::move(value));
      }
      values = std::move(ordered);
    }
    for (std::size_t i = 0; i < items->size(); ++i)
      in.store((*items)[i], std::move(values[i]), place);
    return in.new_cell(Value());
  }

  if (visits || asks || finds) {
    const std::int64_t start = args[0]->value.as<Pointer>()->index;
    for (std::size_t i = 0; i < items->size(); ++i) {
      Cell* item = (*items)[i];
      if (finds) {
        const auto less = before(item->value, args[2]->value);
        const auto more = before(args[2]->value, item->value);
        if (!less || !more) return give_up(nullptr);
        if (!*less && !*more) {
          const auto* from = args[0]->value.as<Pointer>();
          return in.new_cell(
              Pointer{from->cell, start + static_cast<std::int64_t>(i), from->version});
        }
        continue;
      }
      Cell* answer = invoke(in, call, callable, {item});
      if (answer == nullptr) return give_up(nullptr);
      if (visits) continue;
      const auto yes = truth_of(answer);
      if (!yes) return give_up(nullptr);
      if (name == "any_of" && *yes) return in.new_cell(in.boolean(true));
      if (name == "none_of" && *yes) return in.new_cell(in.boolean(false));
      if (name == "all_of" && !*yes) return in.new_cell(in.boolean(false));
      if (name == "find_if" && *yes) {
        const auto* from = args[0]->value.as<Pointer>();
        return in.new_cell(
            Pointer{from->cell, start + static_cast<std::int64_t>(i), from->version});
      }
    }
    if (finds || name == "find_if") return in.new_cell(args[1]->value);
    if (visits) return in.new_cell(in.clone(callable->value));
    return in.new_cell(in.boolean(name != "any_of"));
  }

  // What writes to an output: a list that grows, or elements that are there.
  const auto* out = args[2]->value.as<Pointer>();
  auto* target = out != nullptr && out->cell != nullptr ? out->cell->value.as<List>() : nullptr;
  if (target == nullptr || (out->index < 0 && out->index != Pointer::kBackInserter)) return nullptr;
  if (out->index >= 0 && out->version != out->cell->version) return nullptr;
  QualType element;
  if (out->index == Pointer::kBackInserter) {
    const auto* inserter =
        call.callee->getParamDecl(2)->getType().getNonReferenceType()->getAsCXXRecordDecl();
    const QualType container = element_type(inserter);
    element = container.isNull() ? QualType() : element_type(container->getAsCXXRecordDecl());
    if (element.isNull()) return nullptr;
  }
  std::int64_t at = out->index;
  for (Cell* item : *items) {
    Cell* value = item;
    if (maps || filters) {
      Cell* answer = invoke(in, call, callable, {item});
      if (answer == nullptr) return give_up(args[2]);
      if (maps) value = answer;
      if (filters) {
        const auto yes = truth_of(answer);
        if (!yes) return give_up(args[2]);
        if (!*yes) continue;
      }
    }
    target = out->cell->value.as<List>();  // the function may have changed it
    if (target == nullptr) return give_up(args[2]);
    if (out->index == Pointer::kBackInserter) {
      Cell* made = in.new_cell(as_element(in, in.clone(value->value), element, call.expr));
      made->origin = item->origin;
      if (!in.may_change(out->cell, place)) return in.new_cell(*out->cell->value.unknown());
      target->items.push_back(made);
      continue;
    }
    if (at >= static_cast<std::int64_t>(target->items.size())) return give_up(args[2]);
    Cell* place_of = target->items[at++];
    // Numbers take the type of the element that is there.
    Value copy = in.clone(value->value);
    const auto* old = place_of->value.as<llvm::APSInt>();
    if (auto* number = copy.as<llvm::APSInt>()) {
      if (old == nullptr) return give_up(args[2]);
      llvm::APSInt same = number->extOrTrunc(old->getBitWidth());
      same.setIsUnsigned(old->isUnsigned());
      copy = same;
    } else if (copy.as<std::string>()) {
      copy.shows = nullptr;
    } else if (copy.unknown() == nullptr) {
      return give_up(args[2]);
    }
    in.store(place_of, std::move(copy), place);
  }
  return in.new_cell(out->index == Pointer::kBackInserter
                         ? Value(*out)
                         : Value(Pointer{out->cell, at, out->cell->version}));
}

}  // namespace mort::analyzer
