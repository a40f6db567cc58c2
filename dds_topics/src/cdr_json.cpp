#include "mort/dds_topics/cdr_json.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "mort/message/cdr.hpp"

namespace mort::dds_topics {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxArray = 1 << 24;

class JsonReader {
 public:
  JsonReader(const graph::TypeTable& types, message::CdrReader& reader)
      : types_(types), reader_(reader) {}

  Json value(std::string_view type, int depth = 0) {
    if (depth > kMaxDepth) return refuse("types nested too deep");
    if (reader_.failed()) return nullptr;
    if (type == "bool") return reader_.get<bool>();
    if (type == "char") return std::string(1, reader_.get<char>());
    if (type == "int8") return reader_.get<std::int8_t>();
    if (type == "uint8") return reader_.get<std::uint8_t>();
    if (type == "int16") return reader_.get<std::int16_t>();
    if (type == "uint16") return reader_.get<std::uint16_t>();
    if (type == "int32") return reader_.get<std::int32_t>();
    if (type == "uint32") return reader_.get<std::uint32_t>();
    if (type == "int64") return reader_.get<std::int64_t>();
    if (type == "uint64") return reader_.get<std::uint64_t>();
    if (type == "float") return real(reader_.get<float>());
    if (type == "double") return real(reader_.get<double>());
    if (type == "duration" || type == "time_point") return reader_.get<std::int64_t>();
    if (type == "string") return reader_.get_string();
    if (const auto inner = arguments(type, "sequence"))
      return elements(*inner, reader_.get_length(), depth);
    if (const auto inner = arguments(type, "array")) return array(*inner, depth);
    if (const auto inner = arguments(type, "optional")) return optional(*inner, depth);
    if (const auto inner = arguments(type, "map")) return map(*inner, depth);
    return named(std::string(type), depth);
  }

 private:
  Json refuse(std::string why) {
    reader_.set_failed(std::move(why));
    return nullptr;
  }

  /// JSON has no number for these.
  static Json real(double number) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
    return number;
  }

  static std::optional<std::string_view> arguments(std::string_view type, std::string_view name) {
    if (type.size() < name.size() + 2 || type.substr(0, name.size()) != name ||
        type[name.size()] != '<' || type.back() != '>') {
      return std::nullopt;
    }
    return type.substr(name.size() + 1, type.size() - name.size() - 2);
  }

  Json array(std::string_view inner, int depth) {
    const std::size_t comma = inner.rfind(',');
    std::size_t length = 0;
    if (comma == std::string_view::npos ||
        std::from_chars(inner.data() + comma + 1, inner.data() + inner.size(), length).ec !=
            std::errc{} ||
        length > kMaxArray) {
      return refuse("not an array type: " + std::string(inner));
    }
    return elements(inner.substr(0, comma), length, depth);
  }

  Json optional(std::string_view type, int depth) {
    const std::size_t length = reader_.get_length();
    if (length > 1) return refuse("more than one value where there may be one");
    return length == 0 ? Json(nullptr) : value(type, depth + 1);
  }

  Json map(std::string_view inner, int depth) {
    constexpr std::string_view kKey = "string,";
    if (!inner.starts_with(kKey)) return refuse("not a map type: " + std::string(inner));
    Json object = Json::object();
    std::set<std::string> keys;
    const std::size_t length = reader_.get_length();
    for (std::size_t i = 0; i < length && !reader_.failed(); ++i) {
      const std::string key = reader_.get_string();
      if (!keys.insert(key).second) return refuse("a map with one key twice");
      object.get_ref<Json::object_t&>().emplace_back(key,
                                                     value(inner.substr(kKey.size()), depth + 1));
    }
    return object;
  }

  Json elements(std::string_view type, std::size_t length, int depth) {
    Json list = Json::array();
    for (std::size_t i = 0; i < length && !reader_.failed(); ++i)
      list.push_back(value(type, depth + 1));
    return list;
  }

  Json named(const std::string& type, int depth) {
    if (const auto found = types_.structs.find(type); found != types_.structs.end()) {
      Json object = Json::object();
      for (const graph::Field& field : found->second.fields)
        object[field.name] = value(field.type, depth + 1);
      return object;
    }
    if (const auto found = types_.enums.find(type); found != types_.enums.end()) {
      return enumerator(found->second, type);
    }
    return refuse("unknown type " + type);
  }

  /// By name, or as a number where there is none.
  Json enumerator(const graph::EnumType& type, const std::string& name) {
    const std::string_view wire = graph::wire_of(type);
    const std::int64_t number = wire == "int32"    ? reader_.get<std::int32_t>()
                                : wire == "uint32" ? std::int64_t{reader_.get<std::uint32_t>()}
                                : wire == "int64"
                                    ? reader_.get<std::int64_t>()
                                    : static_cast<std::int64_t>(reader_.get<std::uint64_t>());
    if (!holds(type.underlying, number))
      return refuse("a value that enum " + name + " cannot hold");
    for (const auto& [label, known] : type.enumerators) {
      if (known == number) return label;
    }
    if (wire == "uint64") return static_cast<std::uint64_t>(number);
    return number;
  }

  static bool holds(std::string_view type, std::int64_t number) {
    if (type == "bool") return number == 0 || number == 1;
    if (type == "int8") return std::in_range<std::int8_t>(number);
    if (type == "uint8") return std::in_range<std::uint8_t>(number);
    if (type == "int16") return std::in_range<std::int16_t>(number);
    if (type == "uint16") return std::in_range<std::uint16_t>(number);
    return true;  // as wide as what travels
  }

  const graph::TypeTable& types_;
  message::CdrReader& reader_;
};

}  // namespace

Result<std::string> cdr_to_json(const graph::TypeTable& types, const std::string& type,
                                std::span<const std::uint8_t> payload) {
  message::CdrReader reader(payload);
  const Json json = JsonReader(types, reader).value(type);
  reader.finish();
  if (reader.failed()) return fail(ErrorCode::kInvalid, type + ": " + reader.error());
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mort::dds_topics
