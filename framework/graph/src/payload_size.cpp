#include "mort/graph/payload_size.hpp"

#include <array>
#include <cstdlib>
#include <map>

#include "mort/graph/limits.hpp"

namespace mort::graph {
namespace {

constexpr std::int64_t kEncapsulation = 4;
constexpr std::int64_t kLargestAlignment = 8;
/// Above what types of a checked table can reach: structs in each other, and in each field arrays.
constexpr std::size_t kMaxNested = (kMaxTypeDepth + 1) * (kMaxTypeDepth + 2);

/// XCDR1 aligns each primitive to its size, from the begin of the body; so what a type adds depends
/// on where it begins only by the remainder to the largest alignment.
class Sizes {
 public:
  explicit Sizes(const TypeTable& types) : types_(types) {}

  /// Bytes that `type` adds, with its padding, to a body of `begin` bytes.
  std::optional<std::int64_t> added(const std::string& type, std::int64_t begin,
                                    std::size_t depth = 0) {
    if (depth > kMaxNested) return std::nullopt;
    const auto [known, fresh] = known_.try_emplace({type, begin % kLargestAlignment});
    if (!fresh) return known->second;  // of a type inside itself: nothing
    const auto bytes = compute(type, begin % kLargestAlignment, depth);
    const bool possible = bytes && *bytes <= kMaxPayloadBytes;
    return known_[{type, begin % kLargestAlignment}] = possible ? bytes : std::nullopt;
  }

 private:
  std::optional<std::int64_t> compute(const std::string& type, std::int64_t begin,
                                      std::size_t depth) {
    static const std::map<std::string, std::int64_t> kPrimitives = {
        {"bool", 1},   {"char", 1},   {"int8", 1},     {"uint8", 1},     {"int16", 2},
        {"uint16", 2}, {"int32", 4},  {"uint32", 4},   {"int64", 8},     {"uint64", 8},
        {"float", 4},  {"double", 8}, {"duration", 8}, {"time_point", 8}};
    if (const auto found = kPrimitives.find(type); found != kPrimitives.end())
      return padding(begin, found->second) + found->second;
    if (const auto found = types_.enums.find(type); found != types_.enums.end()) {
      const std::int64_t size = kPrimitives.at(std::string(wire_of(found->second)));
      return padding(begin, size) + size;
    }
    if (const auto found = types_.structs.find(type); found != types_.structs.end())
      return of_struct(found->second, begin, depth);
    if (type.rfind("array<", 0) != 0) return std::nullopt;
    const std::size_t comma = type.rfind(',');
    if (comma == std::string::npos) return std::nullopt;
    const std::int64_t length = std::strtoll(type.c_str() + comma + 1, nullptr, 10);
    return of_array(type.substr(6, comma - 6), length, begin, depth);
  }

  static std::int64_t padding(std::int64_t begin, std::int64_t alignment) {
    return (alignment - begin % alignment) % alignment;
  }

  std::optional<std::int64_t> of_struct(const StructType& type, std::int64_t begin,
                                        std::size_t depth) {
    std::int64_t end = begin;
    for (const Field& field : type.fields) {
      const auto bytes = added(field.type, end, depth + 1);
      if (!bytes) return std::nullopt;
      end += *bytes;
    }
    return end - begin;
  }

  /// Elements repeat their paddings after 8 of them at the latest, so most need not be visited.
  std::optional<std::int64_t> of_array(const std::string& element, std::int64_t length,
                                       std::int64_t begin, std::size_t depth) {
    if (length < 1 || length > kMaxPayloadBytes) return std::nullopt;
    struct Visit {
      std::int64_t index = -1;
      std::int64_t end = 0;
    };
    std::array<Visit, kLargestAlignment> visits;
    bool jumped = false;
    std::int64_t end = begin;
    for (std::int64_t i = 0; i < length; ++i) {
      Visit& visit = visits[static_cast<std::size_t>(end % kLargestAlignment)];
      if (visit.index >= 0 && !jumped) {
        const std::int64_t rounds = (length - i) / (i - visit.index);
        const std::int64_t grown = end - visit.end;
        if (rounds * grown > kMaxPayloadBytes) return std::nullopt;
        i += rounds * (i - visit.index);
        end += rounds * grown;
        jumped = true;
        if (i == length) break;
      }
      visit = {i, end};
      const auto bytes = added(element, end, depth + 1);
      if (!bytes) return std::nullopt;
      end += *bytes;
    }
    return end - begin;
  }

  const TypeTable& types_;
  std::map<std::pair<std::string, std::int64_t>, std::optional<std::int64_t>> known_;
};

}  // namespace

class PayloadSizes::Impl {
 public:
  explicit Impl(const TypeTable& types) : sizes_(types) {}
  std::optional<std::int64_t> fixed(const std::string& type) {
    const auto body = sizes_.added(type, 0);
    if (!body || *body + kEncapsulation > kMaxPayloadBytes) return std::nullopt;
    return *body + kEncapsulation;
  }

 private:
  Sizes sizes_;
};

PayloadSizes::PayloadSizes(const TypeTable& types) : impl_(std::make_unique<Impl>(types)) {}
PayloadSizes::~PayloadSizes() = default;
std::optional<std::int64_t> PayloadSizes::fixed(const std::string& type) {
  return impl_->fixed(type);
}

std::optional<std::int64_t> fixed_payload_size(const TypeTable& types, const std::string& type) {
  return PayloadSizes(types).fixed(type);
}

}  // namespace mort::graph
