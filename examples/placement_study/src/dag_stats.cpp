#include "mort/placement_study/dag_stats.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace mort::placement_study {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMaxValue = 100'000;
constexpr std::int64_t kMaxCount = 1'000'000'000;

Result<Json> read_json(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  if (!in || !(text << in.rdbuf())) {
    return fail(ErrorCode::kInvalid, "cannot be read", file, "name the folder with --data");
  }
  Json json = Json::parse(text.str(), nullptr, false);
  if (json.is_discarded()) return fail(ErrorCode::kInvalid, "is not JSON", file);
  return json;
}

/// Whole numbers of min..max; they are stored as 471.0 in places.
Result<std::vector<std::int64_t>> read_numbers(const Json& list, std::int64_t min, std::int64_t max,
                                               const std::string& where) {
  std::vector<std::int64_t> numbers;
  if (!list.is_array() || list.empty()) {
    return fail(ErrorCode::kInvalid, "must be a list of numbers", where);
  }
  for (const Json& item : list) {
    const double number = item.is_number() ? item.get<double>() : -1.0;
    if (!(number >= static_cast<double>(min) && number <= static_cast<double>(max)) ||
        number != static_cast<double>(static_cast<std::int64_t>(number))) {
      return fail(ErrorCode::kInvalid,
                  item.dump() + " is not a whole number of " + std::to_string(min) + ".." +
                      std::to_string(max),
                  where);
    }
    numbers.push_back(static_cast<std::int64_t>(number));
  }
  return numbers;
}

Result<Counts> read_counts(const Json& json, const std::string& where) {
  if (!json.is_object() || !json.contains("bins") || !json.contains("p")) {
    return fail(ErrorCode::kInvalid, "must have `bins` and `p`", where);
  }
  MORT_TRY(bins, read_numbers(json["bins"], 0, kMaxValue, where + "/bins"));
  MORT_TRY(counts, read_numbers(json["p"], 0, kMaxCount, where + "/p"));
  if (bins.size() != counts.size() + 1) {
    return fail(ErrorCode::kInvalid, "`bins` must have one entry more than `p`", where);
  }
  for (std::size_t i = 1; i < bins.size(); ++i) {
    if (bins[i - 1] >= bins[i]) return fail(ErrorCode::kInvalid, "`bins` must rise", where);
  }
  std::int64_t total = 0;
  for (const std::int64_t count : counts) total += count;
  if (total == 0) return fail(ErrorCode::kInvalid, "`p` counts nothing", where);
  return Counts{std::move(bins), std::move(counts)};
}

/// The counts of the keys first, first + 1, ... without a gap.
Result<std::vector<Counts>> read_series(const Json& json, int first, const std::string& where) {
  std::vector<Counts> series;
  if (!json.is_object() || json.empty()) {
    return fail(ErrorCode::kInvalid, "must be a map", where);
  }
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string key = std::to_string(first + static_cast<int>(i));
    if (!json.contains(key)) return fail(ErrorCode::kInvalid, "has no entry " + key, where);
    MORT_TRY(counts, read_counts(json[key], where + "/" + key));
    series.push_back(std::move(counts));
  }
  return series;
}

}  // namespace

Result<DagStats> read_dag_stats(const std::string& folder) {
  const std::string shapes_file = folder + "/alibaba_v2018_dag_stats.json";
  MORT_TRY(shapes, read_json(shapes_file));
  for (const char* key : {"task_num_dist", "cpl_dist", "level_dist"}) {
    if (!shapes.is_object() || !shapes.contains(key)) {
      return fail(ErrorCode::kInvalid, std::string("has no ") + key, shapes_file);
    }
  }
  DagStats stats;
  MORT_TRY(job_size, read_counts(shapes["task_num_dist"], shapes_file + ":/task_num_dist"));
  MORT_TRY(path_length, read_series(shapes["cpl_dist"], 2, shapes_file + ":/cpl_dist"));
  MORT_TRY(level, read_series(shapes["level_dist"], 1, shapes_file + ":/level_dist"));
  stats.job_size = std::move(job_size);
  stats.path_length = std::move(path_length);
  stats.level = std::move(level);

  const std::string regions_file = folder + "/regions97.json";
  MORT_TRY(regions, read_json(regions_file));
  if (!regions.is_object() || !regions.contains("regions") || !regions["regions"].is_array()) {
    return fail(ErrorCode::kInvalid, "has no list `regions`", regions_file);
  }
  Json weights = Json::array();
  for (const Json& region : regions["regions"]) {
    weights.push_back(region.is_object() && region.contains("points") ? region["points"] : Json());
  }
  MORT_TRY(region_weight, read_numbers(weights, 1, kMaxValue, regions_file + ":/regions/*/points"));
  stats.region_weight = std::move(region_weight);
  return stats;
}

std::string data_folder() {
  return MORT_PLACEMENT_STUDY_DATA;
}

}  // namespace mort::placement_study
