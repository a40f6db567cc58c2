#include "source/unit_cache.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "mort/base/sha256.hpp"

namespace mort::analyzer {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMaxEntryBytes = std::uintmax_t{64} << 20;
constexpr auto kKeptUnused = std::chrono::hours(24 * 30);

std::string read_all(const std::string& path) {
  std::error_code bad;
  if (fs::file_size(path, bad) > kMaxEntryBytes || bad) return {};
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool has_same_params(const Unit& unit, const ParseInput& input) {
  for (const auto& [name, value] : unit.params) {
    const auto now = input.params->find(name);
    if ((now != input.params->end()) != value.has_value()) return false;
    if (value && now->second != *value) return false;
  }
  return true;
}

void remove_old(const fs::path& folder) {
  std::error_code bad;
  const auto oldest = fs::file_time_type::clock::now() - kKeptUnused;
  for (const auto& entry : fs::directory_iterator(folder, bad)) {
    if (entry.last_write_time(bad) < oldest && !bad) fs::remove(entry.path(), bad);
  }
}

}  // namespace

UnitCache::UnitCache(std::string folder)
    : folder_(std::move(folder)), begun_(std::chrono::system_clock::now()) {
  if (folder_.empty()) return;
  std::error_code bad;
  if (fs::create_directories(folder_, bad)) fs::permissions(folder_, fs::perms::owner_all, bad);
  remove_old(folder_);
}

std::string UnitCache::entry_of(const ParseInput& input) const {
  // Another build of the analyzer may see more.
  std::string key = file_identity("/proc/self/exe") + "\n" + input.source + "\n" +
                    input.display_root + "\n" + (input.params != nullptr ? "job" : "") + "\n" +
                    input.command.directory;
  for (const auto* flags : {&input.command.flags, &input.command.ignored}) {
    key += "\n";
    for (const std::string& flag : *flags) key += std::to_string(flag.size()) + " " + flag;
  }
  for (const std::string& other : input.joined) key += "\n" + other;
  std::error_code bad;
  key += "\n" + fs::current_path(bad).string() + "\n" + include_environment();
  return folder_ + "/" + sha256_hex(key).substr(0, 32);
}

std::optional<Unit> UnitCache::find(const ParseInput& input) {
  if (folder_.empty()) return std::nullopt;
  const std::string path = entry_of(input);
  const std::string text = read_all(path);
  // The files first, then the unit, with an empty line between.
  const std::size_t end = text.find("\n\n");
  if (end == std::string::npos) return std::nullopt;
  const auto record = FileRecord::from_text(std::string_view(text).substr(0, end + 1));
  if (!record || !record->unchanged(hashes_)) return std::nullopt;
  auto unit = unit_from_json(std::string_view(text).substr(end + 2));
  if (!unit || (input.params != nullptr && !has_same_params(*unit, input))) return std::nullopt;
  std::error_code ignored;
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
  return *std::move(unit);
}

void UnitCache::keep(const ParseInput& input, const Unit& unit) {
  if (folder_.empty()) return;
  const auto record = FileRecord::take(unit.files_read, unit.files_missing, hashes_, begun_);
  if (!record) return;
  const std::string path = entry_of(input);
  const std::string temporary = path + "." + std::to_string(getpid());
  std::ofstream file(temporary, std::ios::binary);
  file << record->to_text() << "\n" << to_json(unit);
  file.close();
  std::error_code bad;
  if (file) fs::rename(temporary, path, bad);
  if (!file || bad) fs::remove(temporary, bad);
}

}  // namespace mort::analyzer
