// How texts are made from arguments: shared by constructors and calls of std::string.
#pragma once

#include "interpreter/interpreter.hpp"

namespace mort::analyzer {

/// The number behind a known, small, non-negative integer.
inline std::optional<std::size_t> size_of(const Cell* cell) {
  const auto* number = cell->value.as<llvm::APSInt>();
  if (number == nullptr || number->getMinSignedBits() > 64) return std::nullopt;
  // npos is all ones: as unsigned it is larger than any text.
  return static_cast<std::size_t>(number->getExtValue());
}

inline const Unknown* first_unknown(const std::vector<Cell*>& cells) {
  for (const Cell* cell : cells) {
    if (cell->value.unknown() != nullptr) return cell->value.unknown();
  }
  return nullptr;
}

/// Text from what a std::string can be made of, appended to or compared with. `callee` tells (text,
/// position) from (pointer, length).
inline std::optional<std::string> text_from(const clang::FunctionDecl* callee,
                                            const std::vector<Cell*>& args) {
  if (args.empty()) return std::string();
  const Value& head = args[0]->value;
  constexpr std::size_t first = 0;
  if (const auto* text = head.as<std::string>()) {
    if (args.size() == 1) {
      // From a pointer, a text ends at its first zero.
      const bool ends = callee != nullptr && callee->getNumParams() > 0 &&
                        callee->getParamDecl(0)->getType().getNonReferenceType()->isPointerType();
      return ends ? text->substr(0, text->find('\0')) : *text;
    }
    const auto* number = args[1]->value.as<llvm::APSInt>();
    if (number == nullptr || args.size() > 3) return std::nullopt;
    const std::size_t second = size_of(args[1]).value_or(std::string::npos);
    if (callee == nullptr) return std::nullopt;
    const bool is_pointer =
        callee->getNumParams() > 0 && callee->getParamDecl(0)->getType()->isPointerType();
    if (args.size() == 2 && is_pointer) {
      return second <= text->size() ? std::optional(text->substr(0, second)) : std::nullopt;
    }
    if (second > text->size() || is_pointer) return std::nullopt;
    if (args.size() == 2) return text->substr(second);
    const auto third = size_of(args[2]);
    return third ? std::optional(text->substr(second, *third)) : std::nullopt;
  }
  if (const auto* number = head.as<llvm::APSInt>()) {
    if (args.size() == first + 1) {
      return callee != nullptr
                 ? std::optional(std::string(1, static_cast<char>(number->getExtValue())))
                 : std::nullopt;
    }
    const auto* fill = args[first + 1]->value.as<llvm::APSInt>();
    if (fill == nullptr || number->ugt(Interpreter::kMaxIterations)) return std::nullopt;
    return std::string(number->getZExtValue(), static_cast<char>(fill->getExtValue()));
  }
  // A range of characters: begin and end of one text.
  const auto* begin = head.as<Pointer>();
  const auto* end = args.size() > first + 1 ? args[first + 1]->value.as<Pointer>() : nullptr;
  if (begin != nullptr && end != nullptr && begin->cell == end->cell && begin->cell != nullptr) {
    if (const auto* text = begin->cell->value.as<std::string>();
        text && begin->index >= 0 && end->index >= begin->index)
      return text->substr(begin->index, end->index - begin->index);
  }
  return std::nullopt;
}

}  // namespace mort::analyzer
