// Calls of texts: string and string_view.
#include <clang/AST/DeclTemplate.h>

#include <cstdio>

#include "interpreter/std_models.hpp"
#include "interpreter/std_text.hpp"

namespace mort::analyzer {

using namespace clang;

Cell* StdModels::text_call(Interpreter& in, const Call& call, const std::string& name) {
  auto* text = call.self->value.as<std::string>();
  const FunctionDecl* callee = call.callee;
  const auto& args = call.args;
  const SourceLocation place = call.expr->getExprLoc();
  const auto number = [&](std::size_t value) {
    return in.new_cell(in.integer(static_cast<std::int64_t>(value),
                                  call.callee->getReturnType().getNonReferenceType()));
  };
  if (name == "operator=" || name == "assign") {
    const Unknown* unknown = first_unknown(args);
    const auto made = unknown == nullptr ? text_from(callee, args) : std::nullopt;
    Value value =
        made ? Value(*made)
             : Value(unknown ? *unknown : in.unknown_at("this text is not followed", call.expr));
    in.store(call.self, in.passed_on(std::move(value), place, "it is assigned here"), place);
    return call.self;
  }
  if (name == "clear") {
    in.store(call.self, std::string(), place);
    return in.new_cell(Value());
  }
  if (text == nullptr) return nullptr;
  if (name == "swap" && args.size() == 1 && !args[0]->value.unknown()) {
    Value mine = in.clone(call.self->value);
    in.store(call.self, in.clone(args[0]->value), place);
    in.store(args[0], std::move(mine), place);
    return in.new_cell(Value());
  }
  if (name == "operator+=" || name == "append" || name == "push_back") {
    if (!in.may_change(call.self, place)) return call.self;
    const Unknown* unknown = first_unknown(args);
    const auto tail = unknown == nullptr ? text_from(callee, args) : std::nullopt;
    if (tail && text->size() + tail->size() <= 1'000'000) {
      *text += *tail;
    } else {
      in.store(
          call.self,
          in.passed_on(unknown ? *unknown : in.unknown_at("this text is not followed", call.expr),
                       place, "it is appended here"),
          place);
    }
    return call.self;
  }
  if (name == "reserve" || name == "shrink_to_fit") return in.new_cell(Value());
  if (name == "c_str" || name == "data" || name == "convert") {
    if (name == "data" && !cast<CXXMethodDecl>(call.callee)->isConst()) return nullptr;
    return in.new_cell(Interpreter::view_of(call.self, *text));
  }
  if (name == "size" || name == "length") return number(text->size());
  if (name == "empty") return in.new_cell(in.boolean(text->empty()));
  if (name == "begin" || name == "cbegin") return in.new_cell(Pointer{call.self, 0});
  if (name == "end" || name == "cend")
    return in.new_cell(Pointer{call.self, static_cast<std::int64_t>(text->size())});
  if (name == "operator[]" || name == "at") return in.element(call.self, args[0]->value, call.expr);
  if (name == "front")
    return in.element(call.self, in.integer(0, in.context().LongLongTy), call.expr);
  if (name == "back")
    return in.element(
        call.self, in.integer(static_cast<std::int64_t>(text->size()) - 1, in.context().LongLongTy),
        call.expr);
  if (first_unknown(args) != nullptr) return nullptr;
  if (name == "remove_prefix" || name == "remove_suffix") {
    const auto count = args.size() == 1 ? size_of(args[0]) : std::nullopt;
    if (!count || *count > text->size() || !in.may_change(call.self, place)) return nullptr;
    name == "remove_prefix" ? text->erase(0, *count) : text->erase(text->size() - *count);
    return in.new_cell(Value());
  }
  if (name == "insert" || name == "replace" || name == "erase") {
    // A place that is not known is beyond any text.
    const std::size_t at =
        args.empty() ? std::string::npos : size_of(args[0]).value_or(std::string::npos);
    const bool counts = name != "insert";
    auto count = counts && args.size() > 1 ? size_of(args[1]) : std::optional(std::string::npos);
    const std::size_t first = counts ? 2 : 1;
    if (!count || at > text->size() || args.size() > first + 1) return nullptr;
    std::string added;
    if (name != "erase") {
      const auto* part = args.size() == first + 1 ? args[first]->value.as<std::string>() : nullptr;
      if (part == nullptr) return nullptr;
      added = call.callee->getParamDecl(first)->getType()->isPointerType()
                  ? part->substr(0, part->find('\0'))
                  : *part;
    }
    if (!in.may_change(call.self, place)) return call.self;
    if (counts) {
      text->replace(at, *count, added);
    } else {
      text->insert(at, added);
    }
    return call.self;
  }
  if (name == "substr") {
    const auto from = args.empty() ? std::optional<std::size_t>(0) : size_of(args[0]);
    const auto count = args.size() < 2 ? std::optional(std::string::npos) : size_of(args[1]);
    if (!from || !count || *from > text->size()) return nullptr;
    Value part = text->substr(*from, *count);
    part.shows = call.self->value.shows;  // of a view, not of a string
    part.shown_version = call.self->value.shown_version;
    return in.new_cell(std::move(part));
  }
  if (name == "pop_back" && !text->empty()) {
    if (in.may_change(call.self, place)) text->pop_back();
    return in.new_cell(Value());
  }
  const auto other = args.empty() ? std::nullopt : text_from(callee, {args[0]});
  if (!other) return nullptr;
  if (name == "compare" && args.size() == 1)
    return in.new_cell(in.integer(text->compare(*other), in.context().IntTy));
  if (name == "starts_with")
    return in.new_cell(in.boolean(text->substr(0, other->size()) == *other));
  if (name == "ends_with") {
    return in.new_cell(in.boolean(text->size() >= other->size() &&
                                  text->substr(text->size() - other->size()) == *other));
  }
  if ((name == "find_first_of" || name == "find_last_of" || name == "find_first_not_of" ||
       name == "find_last_not_of") &&
      args.size() == 1) {
    return number(name == "find_first_of"       ? text->find_first_of(*other)
                  : name == "find_last_of"      ? text->find_last_of(*other)
                  : name == "find_first_not_of" ? text->find_first_not_of(*other)
                                                : text->find_last_not_of(*other));
  }
  if (name == "contains") return in.new_cell(in.boolean(text->find(*other) != std::string::npos));
  if (name == "find" || name == "rfind") {
    const auto from = args.size() < 2
                          ? std::optional(name == "find" ? std::size_t{0} : std::string::npos)
                          : size_of(args[1]);
    if (from && args.size() < 3)
      return number(name == "find" ? text->find(*other, *from) : text->rfind(*other, *from));
  }
  return nullptr;
}

}  // namespace mort::analyzer
