// Units as JSON.
#include <nlohmann/json.hpp>

#include "source/unit.hpp"

namespace nlohmann {

template <class T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& out, const std::optional<T>& value) {
    out = value ? json(*value) : json(nullptr);
  }
  static void from_json(const json& in, std::optional<T>& value) {
    if (!in.is_null()) value = in.get<T>();
  }
};

}  // namespace nlohmann

namespace mort::graph {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Place, file, line, column)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TaskHints, cpu_millis, period_ns, stack_bytes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Field, name, type)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StructType, fields)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(EnumType, enumerators, underlying)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TypeTable, structs, enums, places)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Diagnostic, severity, code, message, place, notes)

}  // namespace mort::graph

namespace mort::analyzer {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlacedClass, name, place, meaning)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ListedTopic, topic, place, many, refusal, feedback)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TopicUse, takes, reached, call, topic, type, place, topic_place,
                                   notes, refusal)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RegisteredTask, name, class_name, place, registration, hints,
                                   name_refusals, option_refusals, sub, pub, uses, body_seen,
                                   hidden_use)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Unit, tasks, types, diagnostics, task_classes,
                                   constructed_classes, params, needs, defines, meanings,
                                   files_read, files_missing)

std::string to_json(const Unit& unit) {
  return nlohmann::json(unit).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<Unit> unit_from_json(std::string_view text) {
  try {
    return nlohmann::json::parse(text).get<Unit>();
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorCode::kInvalid, error.what());
  }
}

}  // namespace mort::analyzer
