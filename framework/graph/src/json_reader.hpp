// A checked reader over JSON: no exceptions, bounds on everything, and the first fault with its
// JSON pointer.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/graph/limits.hpp"

namespace mort::graph {

using Json = nlohmann::json;
/// For writing: members stay in the order they were added.
using OrderedJson = nlohmann::ordered_json;

class Document;

/// One value of a document. After the first fault all readings give defaults, so that code that
/// reads a document is free of error handling and asks the document once, at the end.
class Value {
 public:
  Value(Document* document, const Json* json, std::string pointer)
      : document_(document), json_(json), pointer_(std::move(pointer)) {}

  /// True when there is a value (an optional member that is there).
  explicit operator bool() const { return json_ != nullptr; }
  /// A member that must be there.
  Value operator[](std::string_view key) const;
  /// A member that may be absent.
  Value find(std::string_view key) const;

  std::string text(std::size_t max = kMaxText) const;
  /// A text that is_valid_name, or is_valid_topic, accepts.
  std::string name() const;
  std::string topic() const;
  std::string one_of(std::initializer_list<std::string_view> choices) const;
  std::int64_t integer(std::int64_t min, std::int64_t max) const;
  double number(double min, double max) const;
  bool boolean() const;
  std::vector<Value> items(std::size_t max) const;
  std::vector<std::pair<std::string, Value>> members(std::size_t max) const;

  void refuse(std::string cause, std::string cure = {}) const;
  const Json* json() const { return json_; }

 private:
  bool is(bool right_type, std::string_view expected) const;
  Document* document_;
  const Json* json_;
  std::string pointer_;
};

/// A parsed text and the first fault found in it.
class Document {
 public:
  /// `file` heads the place of a fault; it may be empty.
  explicit Document(std::string_view text, std::string file = {});

  /// For large documents of `format`: `read` gets the elements of the root's arrays one by one, in
  /// the order of the text, and none of them is kept (the arrays in the root are empty), so that
  /// memory is bounded by what `read` keeps. Members that are not among `known` are skipped, in
  /// elements too; so are arrays and objects within an element's members.
  using ReadElement = std::function<void(std::string_view array, const Value& element)>;
  Document(std::string_view text, std::string file, std::string_view format,
           std::initializer_list<std::string_view> known, const ReadElement& read);
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  Value root();
  /// Reads "format" and refuses any other.
  void require_format(std::string_view format);
  void refuse(const std::string& pointer, std::string cause, std::string cure);
  const std::optional<Error>& error() const { return error_; }

  /// `value`, or the fault when there is one.
  template <class T>
  Result<T> finish(T value) const {
    if (error_) return tl::unexpected<Error>(*error_);
    return value;
  }

 private:
  bool is_within_bounds(std::string_view text);
  void parse(std::string_view text, const Json::parser_callback_t& keep);

  Json json_;
  std::string file_;
  std::optional<Error> error_;
};

/// Writes without throwing: text that is not UTF-8 is written with replacement characters.
template <class AnyJson>
std::string dump(const AnyJson& json, int indent = -1) {
  return json.dump(indent, ' ', false, AnyJson::error_handler_t::replace);
}

}  // namespace mort::graph
