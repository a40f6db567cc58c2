// The JSON Schema of the job YAML, from the same table that the reader uses.
#include <cmath>

#include "job_keys.hpp"
#include "json_reader.hpp"
#include "mort/graph/job.hpp"

namespace mort::graph {
namespace {

constexpr const char* kNamePattern = "^[A-Za-z_][A-Za-z0-9_.-]{0,127}$";
constexpr const char* kBytesPattern = "^[0-9]{1,16}(\\.[0-9]{1,3})? ?([KMG]i)?B$";
constexpr const char* kDurationPattern = "^[0-9]{1,12}(\\.[0-9]{1,3})? ?(ms|s|m|h)$";
constexpr const char* kTopicPattern = "^(\\*|[A-Za-z_][A-Za-z0-9_.\\-/]{0,127})$";
constexpr const char* kOneTopicPattern = "^[A-Za-z_][A-Za-z0-9_.\\-/]{0,127}$";
constexpr const char* kTypePattern = "^[A-Za-z_][A-Za-z0-9_]*(::[A-Za-z_][A-Za-z0-9_]*)*$";
constexpr const char* kPlacePattern = "^.+:[1-9][0-9]{0,8}$";

OrderedJson list_of_paths() {
  return {{"type", "array"},
          {"minItems", 1},
          {"uniqueItems", true},
          {"items", {{"type", "string"}, {"minLength", 1}}}};
}

OrderedJson number(const Key& key) {
  if (key.decimals == 0) return {{"type", "integer"}, {"minimum", key.min}, {"maximum", key.max}};
  const double unit = std::pow(10.0, key.decimals);
  return {{"type", "number"},
          {"minimum", static_cast<double>(key.min) / unit},
          {"maximum", static_cast<double>(key.max) / unit}};
}

OrderedJson mapping(std::span<const Key> keys);

OrderedJson property(const Key& key) {
  switch (key.kind) {
    case Key::Kind::kName:
      return {{"type", "string"}, {"pattern", kNamePattern}};
    case Key::Kind::kTopic:
      return {{"type", "string"}, {"pattern", kOneTopicPattern}};
    case Key::Kind::kType:
      return {{"type", "string"}, {"pattern", kTypePattern}, {"maxLength", 512}};
    case Key::Kind::kPath:
      return {{"type", "string"}, {"minLength", 1}};
    case Key::Kind::kFiles:
    case Key::Kind::kFolders:
      return list_of_paths();
    case Key::Kind::kNumber:
      return number(key);
    case Key::Kind::kChoice:
      return {{"enum", choices_of(key)}};
    case Key::Kind::kBytes:
      return {{"type", "string"}, {"pattern", kBytesPattern}};
    case Key::Kind::kDuration:
      return {{"type", "string"}, {"pattern", kDurationPattern}};
    case Key::Kind::kLabels:
      return {{"type", "object"},
              {"propertyNames", {{"pattern", kNamePattern}}},
              {"additionalProperties", {{"type", {"string", "number", "boolean"}}}}};
    case Key::Kind::kFlag:
      return {{"type", "boolean"}};
    case Key::Kind::kPorts:
      return {{"type", "array"},
              {"maxItems", kMaxPorts},
              {"items",
               {{"anyOf", OrderedJson::array({{{"type", "string"}, {"pattern", kOneTopicPattern}},
                                              mapping(kPortKeys)})}}}};
    case Key::Kind::kTopics:
      return {{"type", "array"},
              {"maxItems", kMaxPorts},
              {"uniqueItems", true},
              {"items", {{"type", "string"}, {"pattern", kOneTopicPattern}}}};
    case Key::Kind::kCpus:
      return {{"type", {"string", "integer"}},
              {"pattern", "^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$"}};
    case Key::Kind::kSection:
      return {{"type", "object"}};
  }
  return OrderedJson::object();
}

OrderedJson mapping(std::span<const Key> keys) {
  OrderedJson properties = OrderedJson::object();
  OrderedJson required = OrderedJson::array();
  for (const Key& key : keys) {
    OrderedJson one = property(key);
    one["description"] = key.text;
    properties[std::string(key.name)] = std::move(one);
    if (key.required) required.push_back(key.name);
  }
  OrderedJson json{{"type", "object"}, {"additionalProperties", false}};
  json["properties"] = std::move(properties);
  if (!required.empty()) json["required"] = std::move(required);
  return json;
}

/// The section maps names that match `pattern` to `value`.
void set_section(OrderedJson& section, const char* pattern, OrderedJson value) {
  section["propertyNames"] = {{"pattern", pattern}};
  section["additionalProperties"] = std::move(value);
}

}  // namespace

std::string job_schema() {
  OrderedJson schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                     {"title", "Mort job description"}};
  schema.update(mapping(kJobKeys));
  OrderedJson& sections = schema["properties"];
  const OrderedJson scalar{{"type", {"string", "number", "boolean"}}};
  set_section(sections["params"], kNamePattern,
              {{"anyOf", OrderedJson::array({scalar, mapping(kParamKeys)})}});
  set_section(sections["when"], kNamePattern, mapping(kWhenKeys));
  const OrderedJson two_periods{{"required", {"period_ms", "rate_hz"}}};
  OrderedJson task = mapping(kTaskKeys);
  task["not"] = two_periods;
  set_section(task["properties"]["subscriptions"], kTopicPattern, mapping(kQueueKeys));
  set_section(sections["tasks"], kNamePattern, std::move(task));
  set_section(sections["topics"], kTopicPattern, mapping(kTopicKeys));
  sections["lanes"] = mapping(kLaneKeys);
  OrderedJson by_name = mapping(kDeclareKeysByName);
  by_name["minProperties"] = 1;
  OrderedJson by_place = mapping(kDeclareKeys);
  for (OrderedJson* declaration : {&by_name, &by_place}) (*declaration)["not"] = two_periods;
  sections["declares"]["patternProperties"] = {{kNamePattern, std::move(by_name)},
                                               {kPlacePattern, std::move(by_place)}};
  sections["declares"]["additionalProperties"] = false;
  return dump(schema, 2) + "\n";
}

}  // namespace mort::graph
