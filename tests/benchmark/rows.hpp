// What a benchmark program hands to run.sh: one JSON line for each row of the table.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace mort::benchmark_rows {

/// What a value must be; absent in a row that is there for information.
struct Goal {
  enum Kind { kAtMost, kAtLeast } kind;
  double limit;
};

struct Row {
  std::string name;
  std::string unit;
  std::vector<double> samples;  ///< empty: what would be measured is not there
  bool median = true;           ///< the value: median of the samples, or their mean
  std::string peer;             ///< what the value is compared with; may be empty
  std::optional<double> peer_value;
  std::optional<double> ratio;  ///< default: value / peer_value
  std::optional<Goal> goal;
  bool goal_of_ratio = false;  ///< the goal is what the ratio must be, not the value
};

inline double value_of(const Row& row) {
  std::vector<double> sorted = row.samples;
  std::sort(sorted.begin(), sorted.end());
  if (row.median) return sorted[sorted.size() / 2];
  double sum = 0.0;
  for (const double sample : sorted) sum += sample;
  return sum / static_cast<double>(sorted.size());
}

/// {"name","unit","value","spread":[min,max],"peer","peer_value","ratio","goal","holds"}; null for
/// what there is none of, and as the value of what is not there.
inline nlohmann::ordered_json to_json(const Row& row) {
  nlohmann::ordered_json json = {{"name", row.name},  {"unit", row.unit}, {"value", nullptr},
                                 {"spread", nullptr}, {"peer", nullptr},  {"peer_value", nullptr},
                                 {"ratio", nullptr},  {"goal", nullptr},  {"holds", nullptr}};
  if (!row.peer.empty()) json["peer"] = row.peer;
  if (row.peer_value) json["peer_value"] = *row.peer_value;
  if (row.goal) {
    char text[48];
    std::snprintf(text, sizeof text, "%s%s %g", row.goal_of_ratio ? "ratio " : "",
                  row.goal->kind == Goal::kAtMost ? "<=" : ">=", row.goal->limit);
    json["goal"] = text;
  }
  if (row.samples.empty()) return json;
  const double value = value_of(row);
  const auto [min, max] = std::minmax_element(row.samples.begin(), row.samples.end());
  json["value"] = value;
  json["spread"] = {*min, *max};
  if (row.ratio) {
    json["ratio"] = *row.ratio;
  } else if (row.peer_value && *row.peer_value != 0.0) {
    json["ratio"] = value / *row.peer_value;
  }
  if (row.goal) {
    const double judged = row.goal_of_ratio ? json["ratio"].get<double>() : value;
    json["holds"] =
        row.goal->kind == Goal::kAtMost ? judged <= row.goal->limit : judged >= row.goal->limit;
  }
  return json;
}

/// Keeps a distribution of latencies for draw.py, unless `folder` is empty.
inline void keep(const std::string& folder, const std::string& name, const std::string& side,
                 const std::vector<double>& microseconds) {
  if (folder.empty()) return;
  std::ofstream out(folder + "/" + name + "-" + side + ".txt");
  for (const double one : microseconds) out << one << "\n";
}

/// False when the file cannot be written.
inline bool write(const std::string& file, const std::vector<Row>& rows) {
  std::ofstream out(file, std::ios::binary);
  for (const Row& row : rows) out << to_json(row).dump() << "\n";
  out.flush();
  return static_cast<bool>(out);
}

}  // namespace mort::benchmark_rows
