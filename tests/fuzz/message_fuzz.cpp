// Payloads as any program may put them on a topic: they are decoded to a valid message or refused,
// and the reader that knows only the type table agrees with the one that knows the C++ type.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "mort/bus/bus.hpp"
#include "mort/dds_topics/cdr_json.hpp"
#include "mort/message/message.hpp"

namespace fuzzed {

enum class Colour { kRed, kGreen, kBlue = 7 };
enum Flags : std::uint8_t { kServo = 1 };
enum class Level : std::int16_t { kLow = -5 };
enum class Mask : std::uint64_t { kTop = 1ULL << 63 };
struct Part {
  std::int8_t small = 0;
  double wide = 0;
  std::string label;
};
struct Everything {
  bool flag = false;
  char letter = 'a';
  std::int8_t i8 = 0;
  std::uint8_t u8 = 0;
  std::int16_t i16 = 0;
  std::uint16_t u16 = 0;
  std::int32_t i32 = 0;
  std::uint32_t u32 = 0;
  std::int64_t i64 = 0;
  std::uint64_t u64 = 0;
  float f = 0;
  double d = 0;
  std::string text;
  Colour colour = Colour::kRed;
  Part part;
  std::vector<std::uint8_t> octets;
  std::vector<double> doubles;
  std::vector<bool> bits;
  std::vector<std::string> names;
  std::vector<Part> parts;
  std::vector<Colour> colours;
  std::array<std::int16_t, 3> triple{};
  std::array<Part, 2> pair{};
  std::vector<std::vector<std::int32_t>> rows;
  std::optional<Part> maybe;
  std::map<std::string, std::vector<std::optional<std::int16_t>>> gains;
  std::vector<std::map<std::string, Flags>> maps;
  std::chrono::nanoseconds age{0};
  std::optional<std::chrono::system_clock::time_point> at;
  Level level = Level::kLow;
  Mask mask = Mask::kTop;
};

}  // namespace fuzzed

namespace {

using namespace mort;

graph::TypeTable type_table() {
  graph::TypeTable types;
  types.enums["fuzzed::Colour"] = {{{"kRed", 0}, {"kGreen", 1}, {"kBlue", 7}}};
  types.enums["fuzzed::Flags"] = {{{"kServo", 1}}, "uint8"};
  types.enums["fuzzed::Level"] = {{{"kLow", -5}}, "int16"};
  types.enums["fuzzed::Mask"] = {{{"kTop", INT64_MIN}}, "uint64"};
  types.structs["fuzzed::Part"] = {{{"small", "int8"}, {"wide", "double"}, {"label", "string"}}};
  types.structs["fuzzed::Everything"] = {{{"flag", "bool"},
                                          {"letter", "char"},
                                          {"i8", "int8"},
                                          {"u8", "uint8"},
                                          {"i16", "int16"},
                                          {"u16", "uint16"},
                                          {"i32", "int32"},
                                          {"u32", "uint32"},
                                          {"i64", "int64"},
                                          {"u64", "uint64"},
                                          {"f", "float"},
                                          {"d", "double"},
                                          {"text", "string"},
                                          {"colour", "fuzzed::Colour"},
                                          {"part", "fuzzed::Part"},
                                          {"octets", "sequence<uint8>"},
                                          {"doubles", "sequence<double>"},
                                          {"bits", "sequence<bool>"},
                                          {"names", "sequence<string>"},
                                          {"parts", "sequence<fuzzed::Part>"},
                                          {"colours", "sequence<fuzzed::Colour>"},
                                          {"triple", "array<int16,3>"},
                                          {"pair", "array<fuzzed::Part,2>"},
                                          {"rows", "sequence<sequence<int32>>"},
                                          {"maybe", "optional<fuzzed::Part>"},
                                          {"gains", "map<string,sequence<optional<int16>>>"},
                                          {"maps", "sequence<map<string,fuzzed::Flags>>"},
                                          {"age", "duration"},
                                          {"at", "optional<time_point>"},
                                          {"level", "fuzzed::Level"},
                                          {"mask", "fuzzed::Mask"}}};
  return types;
}

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "check failed: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const graph::TypeTable kTypes = type_table();
  const std::span<const std::uint8_t> payload(data, size);
  const auto message = message::decode<fuzzed::Everything>(payload);
  const auto json = dds_topics::cdr_to_json(kTypes, "fuzzed::Everything", payload);
  require(message.has_value() == json.has_value(), "both readers accept the same payloads");
  if (!message) return 0;
  require(bus::is_payload(payload), "what is decoded is a payload to the bus");
  const auto encoded = message::encode(*message);
  require(encoded.size() == message::encoded_size(*message), "encoded_size is the size of encode");
  const auto again = message::decode<fuzzed::Everything>(encoded);
  require(again.has_value(), "what was decoded can be encoded and decoded again");
  require(message::encode(*again) == encoded, "encoding is stable");
  return 0;
}
