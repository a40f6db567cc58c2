// Makes a MessageType of any plain aggregate: arithmetic types, bool, enums, std::string,
// std::vector, std::array, std::optional, std::map by std::string, std::chrono durations and time
// points, nested aggregates; up to 256 fields. The wire is the CDR of the equivalent IDL struct.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mort/message/cdr.hpp"
#include "mort/message/chrono.hpp"
#include "mort/message/message_type.hpp"
#include "mort/message/pool.hpp"
#include "mort/message/reflection.hpp"

namespace mort::message {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsArray : std::false_type {};
template <class T, std::size_t N>
struct IsArray<std::array<T, N>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};
template <class T>
struct IsMap<std::map<std::string, T, std::less<>>> : std::true_type {};

/// long and long long are distinct types of one width: both travel as the fixed-width type of that
/// width.
template <class T>
auto fixed_width() {
  if constexpr (!std::is_integral_v<T> || std::is_same_v<T, bool> || std::is_same_v<T, char>) {
    return T{};
  } else if constexpr (std::is_signed_v<T>) {
    if constexpr (sizeof(T) == 1)
      return std::int8_t{};
    else if constexpr (sizeof(T) == 2)
      return std::int16_t{};
    else if constexpr (sizeof(T) == 4)
      return std::int32_t{};
    else
      return std::int64_t{};
  } else {
    if constexpr (sizeof(T) == 1)
      return std::uint8_t{};
    else if constexpr (sizeof(T) == 2)
      return std::uint16_t{};
    else if constexpr (sizeof(T) == 4)
      return std::uint32_t{};
    else
      return std::uint64_t{};
  }
}
template <class T>
using FixedWidth = decltype(fixed_width<T>());

/// How enum T travels: any value of the type behind it, as the 32 bits of an IDL enum or, where it
/// has 64, as that type.
template <class T>
auto enum_wire() {
  using Number = std::underlying_type_t<T>;
  if constexpr (sizeof(Number) > 4) {
    return FixedWidth<Number>{};
  } else if constexpr (std::is_signed_v<Number>) {
    return std::int32_t{};
  } else {
    return std::uint32_t{};
  }
}
template <class T>
using EnumWire = decltype(enum_wire<T>());

template <class T>
void write_value(CdrWriter& writer, const T& value) {
  static_assert(!std::is_pointer_v<T>,
                "a message cannot hold a pointer: hold the value, or a std::vector");
  static_assert(!std::is_array_v<T>, "a message cannot hold a C array: use std::array");
  if constexpr (std::is_enum_v<T>) {
    writer.put(static_cast<EnumWire<T>>(value));
  } else if constexpr (std::is_arithmetic_v<T>) {
    writer.put(static_cast<FixedWidth<T>>(value));
  } else if constexpr (IsChrono<T>::value) {
    writer.put(to_nanoseconds(value));
  } else if constexpr (std::is_same_v<T, std::string>) {
    writer.put_string(value);
  } else if constexpr (std::is_same_v<T, std::vector<bool>>) {
    writer.put(static_cast<std::uint32_t>(value.size()));
    for (bool bit : value) writer.put(bit);
  } else if constexpr (IsOptional<T>::value) {
    writer.put(static_cast<std::uint32_t>(value.has_value() ? 1 : 0));
    if (value) write_value(writer, *value);
  } else if constexpr (IsMap<T>::value) {
    writer.put(static_cast<std::uint32_t>(value.size()));
    for (const auto& [key, element] : value) {
      writer.put_string(key);
      write_value(writer, element);
    }
  } else if constexpr (IsVector<T>::value || IsArray<T>::value) {
    if constexpr (IsVector<T>::value) writer.put(static_cast<std::uint32_t>(value.size()));
    if constexpr (Primitive<typename T::value_type>) {
      writer.put_array(value.data(), value.size());
    } else {
      for (const auto& element : value) write_value(writer, element);
    }
  } else {
    static_assert(
        std::is_aggregate_v<T>,
        "a message is made of plain aggregates, numbers, enums, std::string, std::vector, "
        "std::array, std::optional, std::map<std::string, T> and std::chrono times");
    visit_fields(value, [&writer](const auto&... fields) { (write_value(writer, fields), ...); });
  }
}

template <class T>
void read_value(CdrReader& reader, T& value);

/// Not inlined: g++ 12 would warn that an empty optional's value may be uninitialised.
template <class T>
[[gnu::noinline]] void read_optional(CdrReader& reader, std::optional<T>& value) {
  const std::size_t length = reader.get_length();
  value.reset();
  if (length > 1) return reader.set_failed("more than one value where there may be one");
  if (length == 1) read_value(reader, value.emplace());
}

template <class T>
void read_value(CdrReader& reader, T& value) {
  if constexpr (std::is_enum_v<T>) {
    const auto number = reader.get<EnumWire<T>>();
    const auto held = static_cast<std::underlying_type_t<T>>(number);
    if (static_cast<EnumWire<T>>(held) != number)
      reader.set_failed("a value that enum " + std::string(type_name<T>()) + " cannot hold");
    value = static_cast<T>(held);
  } else if constexpr (std::is_arithmetic_v<T>) {
    value = static_cast<T>(reader.get<FixedWidth<T>>());
  } else if constexpr (IsChrono<T>::value) {
    const auto time = from_nanoseconds<T>(reader.get<std::int64_t>());
    if (!time) return reader.set_failed("a time that its field cannot hold in its units");
    value = *time;
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = reader.get_string();
  } else if constexpr (IsVector<T>::value) {
    const std::size_t length = reader.get_length();
    if constexpr (std::is_same_v<T, std::vector<bool>>) {
      for (std::size_t i = 0; i < length && !reader.failed(); ++i)
        value.push_back(reader.get<bool>());
    } else if constexpr (Primitive<typename T::value_type>) {
      if (length * sizeof(typename T::value_type) > reader.remaining() + 8) {
        return reader.set_failed("a length that is larger than the payload");
      }
      if constexpr (sizeof(typename T::value_type) == 1 &&
                    !std::is_same_v<typename T::value_type, bool>) {
        const auto bytes = reader.get_bytes(length);  // not resize(): it would fill them first
        value.assign(bytes.begin(), bytes.end());
      } else {
        value.resize(length);
        reader.get_array(value.data(), length);
      }
    } else {
      // Grows as it reads: a forged length costs no more memory than the payload really fills.
      for (std::size_t i = 0; i < length && reader.take_memory(sizeof(typename T::value_type)); ++i)
        read_value(reader, value.emplace_back());
    }
  } else if constexpr (IsOptional<T>::value) {
    read_optional(reader, value);
  } else if constexpr (IsMap<T>::value) {
    const std::size_t length = reader.get_length();
    value.clear();
    for (std::size_t i = 0;
         i < length && reader.take_memory(sizeof(typename T::value_type) + 4 * sizeof(void*));
         ++i) {
      const auto at = value.try_emplace(value.end(), reader.get_string());  // they come in order
      if (value.size() == i) return reader.set_failed("a map with one key twice");
      read_value(reader, at->second);
    }
  } else if constexpr (IsArray<T>::value) {
    if constexpr (Primitive<typename T::value_type>) {
      reader.get_array(value.data(), value.size());
    } else {
      for (auto& element : value) read_value(reader, element);
    }
  } else {
    visit_fields(value, [&reader](auto&... fields) { (read_value(reader, fields), ...); });
  }
}

/// The XCDR1 offset after `value` when it begins at `offset`.
template <class T>
std::size_t end_offset(std::size_t offset, const T& value) {
  const auto aligned = [](std::size_t at, std::size_t size) {
    return (at + size - 1) / size * size;
  };
  if constexpr (std::is_enum_v<T>) {
    constexpr std::size_t kSize = sizeof(EnumWire<T>);
    return aligned(offset, kSize) + kSize;
  } else if constexpr (std::is_arithmetic_v<T>) {
    return aligned(offset, sizeof(T)) + sizeof(T);
  } else if constexpr (IsChrono<T>::value) {
    return aligned(offset, 8) + 8;
  } else if constexpr (IsOptional<T>::value) {
    offset = aligned(offset, 4) + 4;
    return value ? end_offset(offset, *value) : offset;
  } else if constexpr (IsMap<T>::value) {
    offset = aligned(offset, 4) + 4;
    for (const auto& [key, element] : value) offset = end_offset(end_offset(offset, key), element);
    return offset;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return aligned(offset, 4) + 4 + value.size() + 1;
  } else if constexpr (IsVector<T>::value || IsArray<T>::value) {
    if constexpr (IsVector<T>::value) offset = aligned(offset, 4) + 4;
    if constexpr (std::is_arithmetic_v<typename T::value_type>) {
      constexpr std::size_t kSize = sizeof(typename T::value_type);
      return value.empty() ? offset : aligned(offset, kSize) + value.size() * kSize;
    } else {
      for (const auto& element : value) offset = end_offset(offset, element);
      return offset;
    }
  } else {
    visit_fields(
        value, [&offset](const auto&... fields) { ((offset = end_offset(offset, fields)), ...); });
    return offset;
  }
}

/// Size of encode(message) without encoding it.
template <class T>
std::size_t encoded_size(const T& message) {
  return 4 + end_offset(0, message);
}

/// Encodes into exactly encoded_size(message) bytes.
template <class T>
void encode_to(const T& message, std::span<std::uint8_t> out) {
  CdrWriter writer(out);
  write_value(writer, message);
  writer.finish();
}

template <class T>
std::vector<std::uint8_t> encode(const T& message) {
  std::vector<std::uint8_t> payload(encoded_size(message));
  encode_to(message, payload);
  return payload;
}

/// Errors: kInvalid, see MessageType::decode.
template <class T>
Result<T> decode(std::span<const std::uint8_t> payload) {
  T message{};
  CdrReader reader(payload);
  if (!reader.failed()) read_value(reader, message);
  reader.finish();
  if (reader.failed()) {
    return fail(ErrorCode::kInvalid, std::string(type_name<T>()) + ": " + reader.error());
  }
  return message;
}

/// Decodes into an object that is not on the stack: a message may be larger than a task's.
template <class T>
Result<std::shared_ptr<const void>> decode_shared(std::span<const std::uint8_t> payload) {
  const std::shared_ptr<T> object = make_message<T>();
  CdrReader reader(payload);
  if (!reader.failed()) read_value(reader, *object);
  reader.finish();
  if (reader.failed()) {
    return fail(ErrorCode::kInvalid, std::string(type_name<T>()) + ": " + reader.error());
  }
  return object;
}

}  // namespace mort::message

namespace mort {

/// The type descriptor of T; one object a library.
template <class T>
const MessageType& message_type() {
  static const MessageType type{
      std::string(message::type_name<T>()),
      [](const void* message, std::span<std::uint8_t> out) {
        message::encode_to(*static_cast<const T*>(message), out);
      },
      &message::decode_shared<T>,
      [](const void* message) { return message::encoded_size(*static_cast<const T*>(message)); }};
  return type;
}

}  // namespace mort
