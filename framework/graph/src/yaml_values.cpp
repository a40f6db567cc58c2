#include "yaml_values.hpp"

#include <algorithm>
#include <charconv>

#include "mort/graph/job.hpp"
#include "names.hpp"

namespace mort::graph {
namespace {

std::vector<std::string> names_of(std::span<const Key> keys) {
  std::vector<std::string> names;
  for (const Key& key : keys) names.emplace_back(key.name);
  return names;
}

std::string decimal_text(std::int64_t value, int decimals) {
  std::string digits = std::to_string(value);
  if (decimals == 0) return digits;
  const auto places = static_cast<std::size_t>(decimals);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  digits.insert(digits.size() - places, ".");
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

}  // namespace

std::optional<std::int64_t> parse_decimal(std::string_view text, int decimals) {
  if (text.empty() || text.size() > 32) return std::nullopt;
  const std::size_t point = text.find('.');
  std::string digits(text.substr(0, point));
  std::string places(point == std::string_view::npos ? "" : text.substr(point + 1));
  while (!places.empty() && places.back() == '0') places.pop_back();
  if (places.size() > static_cast<std::size_t>(decimals) || (digits.empty() && places.empty())) {
    return std::nullopt;
  }
  places.resize(static_cast<std::size_t>(decimals), '0');
  digits += places;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range) return digits[0] == '-' ? INT64_MIN : INT64_MAX;
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

tl::unexpected<Error> refuse(const Place& place, std::string cause, std::string cure) {
  return fail(ErrorCode::kInvalid, std::move(cause), to_string(place), std::move(cure));
}

Result<void> require_map(const YamlNode& node, const std::string& what) {
  if (node.kind == YamlNode::Kind::kMap) return {};
  return refuse(node.place, what + " must be a mapping, not " + std::string(kind_name(node)),
                "write `name: value` lines under " + what);
}

/// A mapping with keys of the table only, all required ones among them.
Result<void> require_keys(const YamlNode& node, const std::string& what,
                          std::span<const Key> keys) {
  MORT_TRY_VOID(require_map(node, what));
  const std::vector<std::string> known = names_of(keys);
  for (const YamlNode& key : node.keys) {
    if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
    return refuse(key.place, "unknown key " + in_quotes(key.text) + " in " + what,
                  cure_for_unknown(key.text, "keys", known));
  }
  for (const Key& key : keys) {
    if (!key.required || node.find(key.name) != nullptr) continue;
    return refuse(node.place, what + " lacks the key " + in_quotes(key.name),
                  "add `" + std::string(key.name) + ": ...`");
  }
  return {};
}

Result<std::string> scalar(const YamlNode& node, const std::string& what) {
  if (node.kind != YamlNode::Kind::kScalar) {
    return refuse(node.place, what + " must be a single value, not " + std::string(kind_name(node)),
                  "write one value; quote it when it is empty");
  }
  if (node.text.size() > kMaxText) {
    return refuse(node.place, what + " is longer than 4096 bytes", "put long values into a file");
  }
  if (node.text.find('\0') != std::string::npos) {
    return refuse(node.place, what + " holds a NUL character", "remove it");
  }
  return node.text;
}

Result<std::string> name(const YamlNode& node, const std::string& what) {
  MORT_TRY(text, scalar(node, what));
  if (is_valid_name(text)) return text;
  return refuse(node.place, "invalid name " + in_quotes(text) + " for " + what,
                "use 1 to 128 letters, digits, '_', '.', '-', with a letter or '_' first");
}

Result<std::string> choice(const YamlNode& node, const Key& key) {
  MORT_TRY(text, scalar(node, std::string(key.name)));
  const std::vector<std::string> choices = choices_of(key);
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return text;
  return refuse(node.place, in_quotes(text) + " is no value of " + std::string(key.name),
                cure_for_unknown(text, "values", choices));
}

/// In units of 10^-decimals of the key.
Result<std::int64_t> number(const YamlNode& node, const Key& key) {
  const std::string what(key.name);
  MORT_TRY(text, scalar(node, what));
  const std::string range =
      "give " + std::string(key.decimals == 0 ? "a whole number" : "a number") + " from " +
      decimal_text(key.min, key.decimals) + " to " + decimal_text(key.max, key.decimals) +
      (key.decimals == 0 ? "" : " with at most " + std::to_string(key.decimals) + " decimals");
  const std::optional<std::int64_t> value = parse_decimal(text, key.decimals);
  if (!value)
    return refuse(node.place, what + ": " + in_quotes(text) + " is not a number as expected",
                  range);
  if (*value < key.min || *value > key.max) {
    return refuse(node.place, what + ": " + in_quotes(text) + " is out of range", range);
  }
  return *value;
}

Result<std::string> topic_name(const YamlNode& node, const std::string& what) {
  MORT_TRY(text, scalar(node, what));
  if (is_valid_topic(text)) return text;
  return refuse(node.place, "invalid topic name " + in_quotes(text),
                "use 1 to 128 letters, digits, '_', '.', '-', '/', with a letter or '_' first");
}

Result<bool> flag(const YamlNode& node, const Key& key) {
  MORT_TRY(text, scalar(node, std::string(key.name)));
  if (text == "true" || text == "false") return text == "true";
  return refuse(node.place, in_quotes(text) + " is no value of " + std::string(key.name),
                "write true or false");
}

/// Bytes, written with their unit.
Result<std::int64_t> bytes(const YamlNode& node, const Key& key) {
  const std::string what(key.name);
  MORT_TRY(text, scalar(node, what));
  const std::optional<std::int64_t> value = parse_bytes(text);
  if (value && *value >= key.min && *value <= key.max) return *value;
  return refuse(
      node.place,
      what + ": " + in_quotes(text) + (value ? " is out of range" : " is not an amount of memory"),
      "write a number and B, KiB, MiB or GiB, as 200 MiB, from 1 B to 1024 GiB");
}

/// Nanoseconds, written with their unit.
Result<std::int64_t> duration(const YamlNode& node, const Key& key) {
  const std::string what(key.name);
  MORT_TRY(text, scalar(node, what));
  const std::optional<std::int64_t> value = parse_duration(text);
  if (value && *value >= key.min && *value <= key.max) return *value;
  return refuse(
      node.place, what + ": " + in_quotes(text) + (value ? " is out of range" : " is not a time"),
      "write a number and ms, s, m or h, as 60s, from " + std::to_string(key.min / 1'000'000'000) +
          "s to " + std::to_string(key.max / 3'600'000'000'000) + "h");
}

Result<std::vector<int>> cpu_list(const YamlNode& node, const Key& key) {
  const std::string what(key.name);
  MORT_TRY(text, scalar(node, what));
  const auto bad = [&] {
    return refuse(node.place, what + ": " + in_quotes(text) + " is not a list of CPUs",
                  "write numbers and ranges from 0 to " + std::to_string(key.max) + ", as 0,2-3");
  };
  std::vector<int> cpus;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto read = [&](int& cpu) {
    const auto [next, error] = std::from_chars(at, end, cpu);
    at = next;
    return error == std::errc{} && cpu >= 0 && cpu <= key.max;
  };
  while (true) {
    int first = 0;
    if (!read(first)) return bad();
    int last = first;
    if (at != end && *at == '-' && (++at, !read(last) || last < first)) return bad();
    if (cpus.size() + static_cast<std::size_t>(last - first) > static_cast<std::size_t>(key.max))
      return bad();
    for (int cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
    if (at == end) return cpus;
    if (*at++ != ',') return bad();
  }
}

Result<std::filesystem::path> resolve(const YamlNode& node, const std::string& what,
                                      const std::filesystem::path& folder) {
  MORT_TRY(text, scalar(node, what));
  if (text.empty()) return refuse(node.place, what + ": the path is empty", "name a file");
  return (folder / text).lexically_normal();
}

bool is_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

}  // namespace mort::graph
