#include "mort/dds_topics/cdr_json.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

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
    if (type == "float") return reader_.get<float>();
    if (type == "double") return reader_.get<double>();
    if (type == "string") return reader_.get_string();
    if (const auto inner = arguments(type, "sequence"))
      return elements(*inner, reader_.get_length(), depth);
    if (const auto inner = arguments(type, "array")) return array(*inner, depth);
    return named(std::string(type), depth);
  }

 private:
  Json refuse(std::string why) {
    reader_.set_failed(std::move(why));
    return nullptr;
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
      const auto number = reader_.get<std::uint32_t>();
      for (const auto& [name, enumerator] : found->second.enumerators) {
        if (enumerator == static_cast<std::int64_t>(number)) return name;
      }
      return refuse("value " + std::to_string(number) + " is no enumerator of " + type);
    }
    return refuse("unknown type " + type);
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
