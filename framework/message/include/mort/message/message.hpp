// Makes a MessageType of any plain aggregate: arithmetic types, bool, enums, std::string,
// std::vector, std::array, nested aggregates; up to 32 fields. The wire is the CDR of the
// equivalent IDL struct.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "mort/message/cdr.hpp"
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

template <class T>
void write_value(CdrWriter& writer, const T& value) {
  static_assert(!std::is_pointer_v<T>,
                "a message cannot hold a pointer: hold the value, or a std::vector");
  static_assert(!std::is_array_v<T>, "a message cannot hold a C array: use std::array");
  if constexpr (std::is_enum_v<T>) {
    writer.put(static_cast<std::uint32_t>(value));
  } else if constexpr (std::is_arithmetic_v<T>) {
    writer.put(static_cast<FixedWidth<T>>(value));
  } else if constexpr (std::is_same_v<T, std::string>) {
    writer.put_string(value);
  } else if constexpr (std::is_same_v<T, std::vector<bool>>) {
    writer.put(static_cast<std::uint32_t>(value.size()));
    for (bool bit : value) writer.put(bit);
  } else if constexpr (IsVector<T>::value || IsArray<T>::value) {
    if constexpr (IsVector<T>::value) writer.put(static_cast<std::uint32_t>(value.size()));
    if constexpr (Primitive<typename T::value_type>) {
      writer.put_array(value.data(), value.size());
    } else {
      for (const auto& element : value) write_value(writer, element);
    }
  } else {
    static_assert(std::is_aggregate_v<T>,
                  "a message is made of plain aggregates, strings, vectors and arrays");
    visit_fields(value, [&writer](const auto&... fields) { (write_value(writer, fields), ...); });
  }
}

template <class T>
void read_value(CdrReader& reader, T& value) {
  if constexpr (std::is_enum_v<T>) {
    const auto number = reader.get<std::uint32_t>();
    if (!reader.failed() && !is_named_enumerator<T>(number)) {
      reader.set_failed("an enum value that is no enumerator of " + std::string(type_name<T>()));
    }
    value = static_cast<T>(number);
  } else if constexpr (std::is_arithmetic_v<T>) {
    value = static_cast<T>(reader.get<FixedWidth<T>>());
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
      for (std::size_t i = 0; i < length && !reader.failed(); ++i)
        read_value(reader, value.emplace_back());
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
    return aligned(offset, 4) + 4;
  } else if constexpr (std::is_arithmetic_v<T>) {
    return aligned(offset, sizeof(T)) + sizeof(T);
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
