#include "json_reader.hpp"

#include <algorithm>
#include <cmath>
#include <exception>

#include "mort/base/json_shape.hpp"
#include "mort/graph/job.hpp"
#include "names.hpp"

namespace mort::graph {
namespace {

std::string line_and_column(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte > 0 ? byte - 1 : 0, text.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t last = before.rfind('\n');
  const std::size_t column =
      last == std::string_view::npos ? before.size() : before.size() - last - 1;
  return std::to_string(lines + 1) + ":" + std::to_string(column + 1);
}

std::string joined(const std::string& file, const std::string& place) {
  if (file.empty()) return place;
  return file + ":" + place;
}

// The library's text is "[json.exception...] parse error at line 1, column 2: ...": its tail is the
// cause.
std::string cause_of(std::string_view what) {
  const std::size_t tail = what.rfind("; last read");
  const std::size_t head = what.find(": ");
  if (head == std::string_view::npos) return "not JSON";
  return "not JSON: " +
         std::string(what.substr(
             head + 2, tail == std::string_view::npos ? std::string_view::npos : tail - head - 2));
}

std::string escaped(std::string_view key) {
  std::string out;
  for (const char c : key.substr(0, 128)) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += static_cast<unsigned char>(c) < 32 ? '?' : c;
    }
  }
  return out;
}

std::string range_text(const std::string& min, const std::string& max) {
  return "give a value from " + min + " to " + max;
}

}  // namespace

Document::Document(std::string_view text, std::string file) : file_(std::move(file)) {
  if (is_within_bounds(text)) parse(text, nullptr);
}

namespace {

/// Follows the parser through the root's arrays.
class ElementReader {
 public:
  using Event = Json::parse_event_t;

  ElementReader(Document& document, std::initializer_list<std::string_view> known,
                const Document::ReadElement& read)
      : document_(document), known_(known), read_(read) {}

  /// Whether the parser is to keep what it begins or has read. `depth` is that of the enclosing
  /// array or object, the root's being 0.
  bool keep(int depth, Event event, const Json& parsed) {
    if (depth == 0) {
      in_object_ = in_object_ || event == Event::object_start;
      return true;
    }
    if (!in_object_) return false;
    if (document_.error()) return keep_format(depth, event, parsed);
    if (event == Event::key) return keep_member(depth, *parsed.get_ptr<const std::string*>());
    if (member_.empty()) return false;
    if (event == Event::array_start && depth == kMember) in_array_ = true;
    if (event == Event::array_end && depth == kMember) in_array_ = false;
    if (event == Event::array_start) return depth <= kElement + 1;
    if (event == Event::object_start) return depth <= kElement;
    if (depth != kElement || !in_array_) {
      if (++inner_ > kMaxInner) document_.refuse("/" + member_, "too many values", kInnerCure);
      return true;
    }
    inner_ = 0;
    const std::string pointer = "/" + member_ + "/" + std::to_string(elements_++);
    read_(member_, Value(&document_, &parsed, pointer));
    return false;
  }

 private:
  static constexpr int kMember = 1;   ///< what a member of the root is
  static constexpr int kElement = 2;  ///< what is in an array there
  static constexpr std::size_t kMaxInner = 200'000;
  static constexpr const char* kInnerCure = "at most 200000 are read of one element or member";

  /// Past a fault only the format is still of interest.
  bool keep_format(int depth, Event event, const Json& parsed) {
    if (depth != kMember) return false;
    if (event == Event::key) is_format_ = parsed == "format";
    return is_format_ && (event == Event::key || event == Event::value);
  }

  bool keep_member(int depth, const std::string& name) {
    const bool is_known = std::find(known_.begin(), known_.end(), name) != known_.end();
    if (depth != kMember) return is_known;
    member_.clear();
    in_array_ = false;
    if (!is_known) return false;
    if (std::find(seen_.begin(), seen_.end(), name) != seen_.end())
      document_.refuse("/" + name, "this member is there twice", "remove one");
    seen_.push_back(name);
    member_ = name;
    elements_ = 0;
    return true;
  }

  Document& document_;
  std::vector<std::string_view> known_;
  const Document::ReadElement& read_;
  std::vector<std::string> seen_;
  std::string member_;  ///< of the root, where the parser is; empty when it is skipped
  std::size_t elements_ = 0;
  std::size_t inner_ = 0;  ///< values kept since the last element
  bool is_format_ = false;
  bool in_object_ = false;  ///< the root is an object
  bool in_array_ = false;   ///< the member is an array
};

}  // namespace

Document::Document(std::string_view text, std::string file, std::string_view format,
                   std::initializer_list<std::string_view> known, const ReadElement& read)
    : file_(std::move(file)) {
  if (!is_within_bounds(text)) return;
  ElementReader reader(*this, known, read);
  parse(text, [&](int depth, Json::parse_event_t event, const Json& parsed) {
    return reader.keep(depth, event, parsed);
  });
  // Of another format, what is wrong with its elements is beside the point.
  const auto found = json_.is_object() ? json_.find("format") : json_.end();
  if (json_.is_object() && found != json_.end() && found->is_string() && *found != format)
    error_.reset();
  require_format(format);
}

bool Document::is_within_bounds(std::string_view text) {
  if (text.size() > kMaxJsonBytes) {
    refuse("", "the document is larger than 64 MiB", "make it smaller");
    return false;
  }
  const JsonShape shape = json_shape(text);
  if (shape.depth > kMaxJsonDepth || shape.values > kMaxJsonValues) {
    refuse("", shape.depth > kMaxJsonDepth ? "nested too deeply" : "too many values",
           "at most 64 levels and 4 million values are read");
    return false;
  }
  if (shape.longest > kMaxJsonString) {
    refuse("", "a string is longer than 1 MiB", "make it shorter");
    return false;
  }
  return true;
}

void Document::parse(std::string_view text, const Json::parser_callback_t& keep) {
  try {
    json_ = Json::parse(text, keep);
  } catch (const Json::parse_error& e) {
    if (error_) return;
    error_ = Error{ErrorCode::kInvalid, cause_of(e.what()),
                   joined(file_, line_and_column(text, e.byte)), "correct or rewrite the document"};
  } catch (const std::exception& e) {
    refuse("", std::string("not JSON: ") + e.what(), "correct or rewrite the document");
  }
}

Value Document::root() {
  return Value(this, error_ ? nullptr : &json_, "");
}

void Document::require_format(std::string_view format) {
  const Value value = root()["format"];
  const std::string found = value.text();
  if (found != format) {
    value.refuse("format is " + in_quotes(found) + ", not " + in_quotes(format),
                 "pass a document of format " + in_quotes(format));
  }
}

void Document::refuse(const std::string& pointer, std::string cause, std::string cure) {
  if (error_) return;
  error_ = Error{ErrorCode::kInvalid, std::move(cause),
                 joined(file_, pointer.empty() ? "/" : pointer), std::move(cure)};
}

void Value::refuse(std::string cause, std::string cure) const {
  if (cure.empty()) cure = "correct the document, or make it anew with the program that wrote it";
  document_->refuse(pointer_, std::move(cause), std::move(cure));
}

bool Value::is(bool right_type, std::string_view expected) const {
  if (json_ == nullptr) return false;
  if (!right_type) {
    refuse("expected " + std::string(expected) + ", found " + json_->type_name(),
           "write " + std::string(expected) + " here");
  }
  return right_type;
}

Value Value::find(std::string_view key) const {
  const std::string pointer = pointer_ + "/" + escaped(key);
  if (!is(json_ != nullptr && json_->is_object(), "an object"))
    return {document_, nullptr, pointer};
  const auto member = json_->find(key);
  return {document_, member == json_->end() ? nullptr : &*member, pointer};
}

Value Value::operator[](std::string_view key) const {
  Value member = find(key);
  if (!member && json_ != nullptr) {
    member.refuse("missing", "add the member " + in_quotes(key));
  }
  return member;
}

std::string Value::text(std::size_t max) const {
  if (!is(json_ != nullptr && json_->is_string(), "a string")) return {};
  const auto& found = *json_->get_ptr<const std::string*>();
  if (found.size() > max) {
    refuse("longer than " + std::to_string(max) + " bytes", "make it shorter");
    return {};
  }
  if (found.find('\0') != std::string::npos) {
    refuse("holds a NUL character", "remove it");
    return {};
  }
  return found;
}

std::string Value::name() const {
  std::string found = text();
  if (json_ != nullptr && !is_valid_name(found)) {
    refuse("invalid name " + in_quotes(found),
           "use 1 to 128 letters, digits, '_', '.', '-', with a letter or '_' first");
  }
  return found;
}

std::string Value::topic() const {
  std::string found = text();
  if (json_ != nullptr && !is_valid_topic(found)) {
    refuse("invalid topic name " + in_quotes(found),
           "use 1 to 128 letters, digits, '_', '.', '-', '/', with a letter or '_' first");
  }
  return found;
}

std::string Value::one_of(std::initializer_list<std::string_view> choices) const {
  std::string found = text();
  if (json_ != nullptr && std::find(choices.begin(), choices.end(), found) == choices.end()) {
    refuse("unknown value " + in_quotes(found),
           "use one of " + list_names({choices.begin(), choices.end()}));
  }
  return found;
}

std::int64_t Value::integer(std::int64_t min, std::int64_t max) const {
  if (!is(json_ != nullptr && json_->is_number_integer(), "an integer")) return min;
  const bool huge = json_->is_number_unsigned() &&
                    *json_->get_ptr<const Json::number_unsigned_t*>() > std::uint64_t{INT64_MAX};
  const std::int64_t found = huge ? INT64_MAX : json_->get<std::int64_t>();
  if (huge || found < min || found > max) {
    refuse(dump(*json_) + " is out of range", range_text(std::to_string(min), std::to_string(max)));
    return min;
  }
  return found;
}

double Value::number(double min, double max) const {
  if (!is(json_ != nullptr && json_->is_number(), "a number")) return min;
  const double found = json_->get<double>();
  if (!(found >= min && found <= max)) {
    refuse(dump(*json_) + " is out of range", range_text(dump(Json(min)), dump(Json(max))));
    return min;
  }
  return found;
}

bool Value::boolean() const {
  if (!is(json_ != nullptr && json_->is_boolean(), "true or false")) return false;
  return *json_->get_ptr<const bool*>();
}

std::vector<Value> Value::items(std::size_t max) const {
  std::vector<Value> all;
  if (!is(json_ != nullptr && json_->is_array(), "an array")) return all;
  if (json_->size() > max) {
    refuse(std::to_string(json_->size()) + " entries",
           "at most " + std::to_string(max) + " are read");
    return all;
  }
  all.reserve(json_->size());
  for (const Json& item : *json_) {
    all.emplace_back(document_, &item, pointer_ + "/" + std::to_string(all.size()));
  }
  return all;
}

std::vector<std::pair<std::string, Value>> Value::members(std::size_t max) const {
  std::vector<std::pair<std::string, Value>> all;
  if (!is(json_ != nullptr && json_->is_object(), "an object")) return all;
  if (json_->size() > max) {
    refuse(std::to_string(json_->size()) + " members",
           "at most " + std::to_string(max) + " are read");
    return all;
  }
  for (const auto& [key, value] : json_->items()) {
    Value member(document_, &value, pointer_ + "/" + escaped(key));
    if (key.size() > kMaxText) member.refuse("the key is too long", "make it shorter");
    all.emplace_back(key, std::move(member));
  }
  return all;
}

}  // namespace mort::graph
