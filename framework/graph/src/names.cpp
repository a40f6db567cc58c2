#include "names.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "mort/graph/job.hpp"

namespace mort::graph {
namespace {

constexpr std::size_t kListed = 24;
constexpr std::size_t kMaxName = 128;
constexpr std::size_t kMaxTypeName = 512;

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

bool is_valid(std::string_view name, std::string_view also) {
  if (name.empty() || name.size() > kMaxName) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(name[0]) && name[0] != '_') return false;
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || also.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string list_names(const std::vector<std::string>& names) {
  if (names.empty()) return "none";
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += ", ";
    if (i == kListed) return text + "...";
    text += names[i];
  }
  return text;
}

std::string nearest_name(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > kMaxName) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& name : known) {
    if (name.size() > kMaxName) continue;
    const std::size_t distance = edit_distance(word, name);
    if (distance < best_distance && distance < name.size()) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

std::string cure_for_unknown(std::string_view word, std::string_view kind,
                             const std::vector<std::string>& known) {
  const std::string nearest = nearest_name(word, known);
  const std::string list = "known " + std::string(kind) + ": " + list_names(known);
  return nearest.empty() ? list : "did you mean " + in_quotes(nearest) + "? " + list;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, 80)) {
    out += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
  }
  return out + (text.size() > 80 ? "...\"" : "\"");
}

bool is_valid_name(std::string_view name) {
  return is_valid(name, "_.-");
}
bool is_valid_topic(std::string_view name) {
  return is_valid(name, "_.-/") && name.rfind("mort/", 0) != 0;  // the agents' own topics
}
bool is_valid_type_name(std::string_view name) {
  if (name.size() > kMaxTypeName) return false;
  for (std::string_view rest = name;;) {
    const std::size_t colons = rest.find("::");
    if (!is_valid(rest.substr(0, colons), "_")) return false;
    if (colons == std::string_view::npos) return true;
    rest = rest.substr(colons + 2);
  }
}

}  // namespace mort::graph
