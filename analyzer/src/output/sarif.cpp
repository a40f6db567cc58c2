// SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>

#include "mort/analyzer/findings.hpp"
#include "mort/analyzer/output.hpp"
#include "mort/graph/findings_text.hpp"

namespace mort::analyzer {

namespace {

using Json = nlohmann::ordered_json;

/// A path as a URI: what RFC 3986 does not allow in one is escaped.
std::string uri_of(const std::string& path) {
  static constexpr std::string_view kPlain = "-._~/!$&'()*+,;=:@";
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string uri;
  for (const char c : path) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || kPlain.find(c) != std::string::npos) {
      uri += c;
    } else {
      uri += '%';
      uri += kDigits[static_cast<unsigned char>(c) >> 4];
      uri += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
  return uri;
}

/// Clang counts bytes, SARIF characters.
int column_in_characters(const graph::Place& place, graph::SourceLines& lines) {
  const std::string* line = lines.at(place);
  if (line == nullptr) return place.column;
  int column = 1;
  for (std::size_t i = 1; i < static_cast<std::size_t>(place.column) && i <= line->size(); ++i) {
    // A byte 10xxxxxx of UTF-8 goes on with a character.
    const bool goes_on =
        i < line->size() && (static_cast<unsigned char>((*line)[i]) & 0xC0) == 0x80;
    if (!goes_on) ++column;
  }
  return column;
}

Json location_of(const graph::Place& place, graph::SourceLines& lines) {
  Json artifact;
  if (!place.file.empty() && place.file[0] == '/') {
    artifact = {{"uri", "file://" + uri_of(place.file)}};
  } else {
    artifact = {{"uri", uri_of(place.file)}, {"uriBaseId", "ROOT"}};
  }
  Json physical = {{"artifactLocation", std::move(artifact)}};
  if (place.line > 0) {
    Json region = {{"startLine", place.line}};
    if (place.column > 0) region["startColumn"] = column_in_characters(place, lines);
    physical["region"] = std::move(region);
  }
  return {{"physicalLocation", std::move(physical)}};
}

/// "file:12:3: text" as a location with a message; others have no location of their own.
Json related_to(const std::string& note, graph::SourceLines& lines) {
  static const std::regex kPlaced("([^:]+):([0-9]{1,9}):([0-9]{1,9}): (.*)");
  std::smatch parts;
  if (note.size() > 4000 || !std::regex_match(note, parts, kPlaced)) return nullptr;
  Json location = location_of({parts[1], std::stoi(parts[2]), std::stoi(parts[3])}, lines);
  location["message"] = {{"text", parts[4].str()}};
  return location;
}

const char* level_of(Kind kind) {
  return kind == Kind::kWarning ? "warning" : "error";
}

}  // namespace

std::string to_sarif(const Analysis& analysis, const std::string& root) {
  Json rules = Json::array();
  for (const FindingCode& code : finding_codes()) {
    rules.push_back({{"id", code.code},
                     {"shortDescription", {{"text", code.summary}}},
                     {"defaultConfiguration", {{"level", level_of(code.kind)}}}});
  }
  graph::SourceLines lines(root);
  Json results = Json::array();
  for (const graph::Diagnostic& found : analysis.diagnostics) {
    std::string text = found.message;
    Json related = Json::array();
    for (const std::string& note : found.notes) {
      Json location = related_to(note, lines);
      if (location.is_null())
        text += "\n" + note;
      else
        related.push_back(std::move(location));
    }
    Json result = {
        {"ruleId", found.code}, {"level", found.severity}, {"message", {{"text", text}}}};
    result["locations"] = Json::array();
    if (!found.place.file.empty()) result["locations"].push_back(location_of(found.place, lines));
    if (!related.empty()) result["relatedLocations"] = std::move(related);
    results.push_back(std::move(result));
  }
  std::string base = uri_of(std::filesystem::absolute(root).lexically_normal().string());
  if (base.back() != '/') base += '/';
  Json run = {{"tool",
               {{"driver",
                 {{"name", "mort-analyze"},
                  {"semanticVersion", MORT_VERSION},
                  {"rules", std::move(rules)}}}}},
              {"originalUriBaseIds", {{"ROOT", {{"uri", "file://" + base}}}}},
              {"columnKind", "unicodeCodePoints"},
              {"results", std::move(results)}};
  const Json document = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                         {"version", "2.1.0"},
                         {"runs", Json::array({std::move(run)})}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mort::analyzer
