// What the C++ standard library means to the interpreter: text, lists, smart pointers and numbers.
#pragma once

#include "interpreter/interpreter.hpp"

namespace mort::analyzer {

enum class StdKind {
  kNone,          ///< not of namespace std
  kText,          ///< basic_string, basic_string_view of char
  kList,          ///< vector, array, initializer_list, deque, list
  kSorted,        ///< map and set in their natural order: lists that stay sorted
  kOptional,      ///< a list of at most one element
  kSpan,          ///< a record of a pointer and a size
  kFunction,      ///< std::function: what it holds
  kSmartPointer,  ///< unique_ptr, shared_ptr
  kPlain,         ///< interpreted from its source: duration, pair, ...
  kOther          ///< not followed
};

class StdModels {
 public:
  static StdKind kind(clang::QualType type);
  static StdKind kind(const clang::CXXRecordDecl* record);
  static bool is_allocator(clang::QualType type);
  /// A value of a modelled class from constructor arguments; nothing for classes that are not
  /// modelled.
  static std::optional<Value> construct(Interpreter& in, const clang::CXXConstructExpr* expr,
                                        const std::vector<Cell*>& args);
  /// The result of a modelled function, or null.
  static Cell* call(Interpreter& in, const Call& call);
  /// May the body of a function of a system header be interpreted?
  static bool is_transparent(const Interpreter& in, const Call& call);
  /// `value` as the type says it: width and sign of integers, int to double and back.
  static Value convert(Interpreter& in, Value value, clang::QualType type,
                       const clang::Expr* where);
  /// `value` as an element of a list of `element`.
  static Value as_element(Interpreter& in, Value value, clang::QualType element,
                          const clang::Expr* where);
  /// What `T()` gives.
  static Value zero(Interpreter& in, clang::QualType type, const clang::Expr* where);

 private:
  static Cell* text_call(Interpreter& in, const Call& call, const std::string& name);
  static Cell* list_call(Interpreter& in, const Call& call, const std::string& name);
  static Cell* pointer_call(Interpreter& in, const Call& call, const std::string& name);
  static Cell* free_call(Interpreter& in, const Call& call, const std::string& name);
  static Cell* sorted_call(Interpreter& in, const Call& call, const std::string& name);
  static Cell* optional_call(Interpreter& in, const Call& call, const std::string& name);
  static Cell* span_call(Interpreter& in, const Call& call, const std::string& name);
  static Cell* function_call(Interpreter& in, const Call& call, const std::string& name);
  static Cell* algorithm(Interpreter& in, const Call& call, const std::string& name);
  static std::optional<Value> make_span(Interpreter& in, const clang::CXXRecordDecl* cls,
                                        const std::vector<Cell*>& args);
  /// Puts `item` into a sorted list; the cell that holds its key, and whether it is new.
  static std::optional<std::pair<std::size_t, bool>> put(Interpreter& in, List& list, Value item,
                                                         bool is_map);
  static Value sorted(Interpreter& in, const List& items, const clang::CXXRecordDecl* cls,
                      const clang::Expr* where);

 public:
  /// Calls a function object or function; null when it is not known which.
  static Cell* invoke(Interpreter& in, const Call& call, Cell* callable,
                      const std::vector<Cell*>& args);
  /// The element that a function like emplace_back makes in its place, or null.
  static Cell* made_in_place(Interpreter& in, const Call& call, clang::QualType type,
                             const std::vector<Cell*>& args);
  /// The elements between two iterators of one list; nothing when they are not known.
  static std::optional<List> between(const Value& first, const Value& last);
  static clang::QualType element_type(const clang::CXXRecordDecl* list);
};

}  // namespace mort::analyzer
