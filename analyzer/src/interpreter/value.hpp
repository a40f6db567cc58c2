// What is known of a C++ value before the program runs: the domain of the interpreter.
#pragma once

#include <clang/Basic/SourceLocation.h>
#include <llvm/ADT/APSInt.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace clang {
class CXXRecordDecl;
class FieldDecl;
class FunctionDecl;
}  // namespace clang

namespace mort::analyzer {

struct Cell;

/// A step on the way of an unknown value.
struct Note {
  clang::SourceLocation place;
  std::string text;
};

/// Not known; says why, and the way it came, oldest step first.
struct Unknown {
  std::string reason;
  clang::SourceLocation place;
  std::vector<Note> chain;
};

/// std::vector, std::array, std::initializer_list and C arrays.
struct List {
  std::vector<Cell*> items;
};

/// An object of class type with its fields and those of its bases. Fields of reference type share
/// their cell.
struct Record {
  const clang::CXXRecordDecl* cls = nullptr;  ///< dynamic type; grows while the constructors run
  std::map<const clang::FieldDecl*, Cell*> fields;
};

/// A pointer, or an iterator when `index` counts in the list of `cell`.
struct Pointer {
  Cell* cell = nullptr;  ///< null: a null pointer
  std::int64_t index = -1;
  std::size_t version = 0;  ///< of the list, when the iterator was made: later ones are not valid

  static constexpr std::int64_t kBackInserter = -2;
};

/// monostate is the value of a void expression. A std::string is any text: std::string,
/// string_view, const char*.
struct Value : std::variant<std::monostate, Unknown, llvm::APSInt, double, std::string, List,
                            Record, Pointer, const clang::FunctionDecl*> {
  using variant::variant;

  template <class T>
  T* as() {
    return std::get_if<T>(static_cast<variant*>(this));
  }
  template <class T>
  const T* as() const {
    return std::get_if<T>(static_cast<const variant*>(this));
  }
  const Unknown* unknown() const { return as<Unknown>(); }

  /// Of a text that is looked at, not owned (string_view, const char*): whose text it is, and how
  /// often that had changed by then. A view of what has changed since is not known.
  Cell* shows = nullptr;
  std::size_t shown_version = 0;
};

/// A place in memory: what lvalues mean and references share. The interpreter owns all cells.
struct Cell {
  Value value;
  std::size_t serial = 0;      ///< order of birth
  std::size_t depth = 0;       ///< how many unknown conditions enclosed its birth
  std::size_t version = 0;     ///< how often it was changed
  std::vector<Cell*> part_of;  ///< a write to this cell may change any of these
  Cell* text = nullptr;        ///< this cell is the character `at` of that text
  std::size_t at = 0;
  std::optional<Unknown> lost;   ///< unseen code may change it at any time
  clang::SourceLocation origin;  ///< where the program names the value, for list elements
};

}  // namespace mort::analyzer
