// Counts and visits the fields of a plain aggregate, without macros. Up to 256 fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <type_traits>
#include <utility>

#include "mort/message/bindings.hpp"

namespace mort::message {

/// Converts to anything: stands for a field in the test below, which is never run. (It has a body
/// because clang asks for one where a constructor of a field, as std::optional's, takes it.)
struct AnyField {
  template <class T>
  operator T() const noexcept {  // NOLINT: implicit on purpose
    std::abort();
  }
};

template <class T, class Places>
constexpr bool takes_as_many = false;
template <class T, std::size_t... Place>
constexpr bool takes_as_many<T, std::index_sequence<Place...>> = requires {
  T{(static_cast<void>(Place), std::declval<AnyField>())...};
};
/// Can aggregate T be made from values for its first `Count` fields?
template <class T, std::size_t Count>
constexpr bool takes_fields = takes_as_many<T, std::make_index_sequence<Count>>;

/// T takes `Low` fields, and not `High`.
template <class T, std::size_t Low, std::size_t High>
constexpr std::size_t field_count_between() {
  constexpr std::size_t kMiddle = (Low + High) / 2;
  if constexpr (Low + 1 == High) {
    return Low;
  } else if constexpr (takes_fields<T, kMiddle>) {
    return field_count_between<T, kMiddle, High>();
  } else {
    return field_count_between<T, Low, kMiddle>();
  }
}

/// Number of fields of aggregate T, at most kMaxFields + 1 (which stands for more). Each test takes
/// compile time by the field, so there are few: doubling, then halving.
template <class T, std::size_t Taken = 0>
constexpr std::size_t field_count() {
  constexpr std::size_t kNext = Taken == 0 ? 4 : 2 * Taken;
  if constexpr (Taken == kMaxFields) {
    return kMaxFields + (takes_fields<T, kMaxFields + 1> ? 1 : 0);
  } else if constexpr (takes_fields<T, kNext>) {
    return field_count<T, kNext>();
  } else {
    return field_count_between<T, Taken, kNext>();
  }
}

/// Calls `visitor(field...)` with references to all fields of `message` in order of declaration.
template <class T, class Visitor>
constexpr decltype(auto) visit_fields(T& message, Visitor&& visitor) {
  constexpr std::size_t kCount = field_count<std::remove_const_t<T>>();
  static_assert(kCount >= 1, "a message struct needs at least one field");
  static_assert(kCount <= kMaxFields,
                "a message struct has at most 256 fields: group some in a nested struct");
  if constexpr (kCount >= 1 && kCount <= kMaxFields)
    return Bindings<kCount>::visit(message, std::forward<Visitor>(visitor));
}

/// The qualified name of T as IDL writes it: "ns::Name".
template <class T>
constexpr std::string_view type_name() {
  constexpr std::string_view function = __PRETTY_FUNCTION__;
  constexpr std::size_t begin = function.find("T = ") + 4;
  constexpr std::size_t end = function.find_first_of(";]", begin);
  return function.substr(begin, end - begin);
}

}  // namespace mort::message
