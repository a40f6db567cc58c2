// Values of the job YAML, read from the tree: each succeeds or says where, what, and how to cure
// it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "job_keys.hpp"
#include "mort/base/result.hpp"
#include "yaml_tree.hpp"

namespace mort::graph {

/// Exact: "1.25" with 3 decimals is 1250. Nothing when it is no decimal number, or has more places
/// that count.
std::optional<std::int64_t> parse_decimal(std::string_view text, int decimals);

tl::unexpected<Error> refuse(const Place& place, std::string cause, std::string cure);

Result<void> require_map(const YamlNode& node, const std::string& what);
/// A mapping with keys of the table only, all required ones among them.
Result<void> require_keys(const YamlNode& node, const std::string& what, std::span<const Key> keys);

Result<std::string> scalar(const YamlNode& node, const std::string& what);
Result<std::string> name(const YamlNode& node, const std::string& what);
Result<std::string> topic_name(const YamlNode& node, const std::string& what);
Result<std::string> choice(const YamlNode& node, const Key& key);
/// In units of 10^-decimals of the key.
Result<std::int64_t> number(const YamlNode& node, const Key& key);
Result<bool> flag(const YamlNode& node, const Key& key);
/// Bytes, written with their unit.
Result<std::int64_t> bytes(const YamlNode& node, const Key& key);
Result<std::int64_t> duration(const YamlNode& node, const Key& key);
/// CPU numbers as `taskset -c` takes them: "0,2-3".
Result<std::vector<int>> cpu_list(const YamlNode& node, const Key& key);
/// A path, relative to `folder`.
Result<std::filesystem::path> resolve(const YamlNode& node, const std::string& what,
                                      const std::filesystem::path& folder);
bool is_file(const std::filesystem::path& path);

}  // namespace mort::graph
