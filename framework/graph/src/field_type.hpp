// The text of a field's type, layer by layer.
#pragma once

#include <cstdint>
#include <string_view>

namespace mort::graph {

/// The outermost layer of a type: "array<sequence<A>,3>" is an array of 3 with "sequence<A>"
/// inside.
struct FieldType {
  enum class Kind {
    kBasic,     ///< inside is its name
    kNamed,     ///< a struct or enum; inside is its name
    kSequence,  ///< inside is the element's type
    kArray,
    kOptional,
    kMap,  ///< from strings; inside is the type of the values
    kMalformed,
  };
  Kind kind = Kind::kMalformed;
  std::string_view inside;
  std::int64_t length = 0;  ///< of an array
};

/// Views into `type`.
FieldType outermost(std::string_view type);

/// The innermost type of nested sequences, arrays, optionals and maps; empty when the text is not
/// well-formed.
std::string_view element_of(std::string_view type);

}  // namespace mort::graph
