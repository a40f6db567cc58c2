// CDR (XCDR1, as DDS carries it) in and out of primitive values; Fast CDR does the work behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace mort::message {

/// The primitives of a message, enums and bool apart.
template <class T>
concept Primitive =
    std::is_same_v<T, char> || std::is_same_v<T, std::int8_t> || std::is_same_v<T, std::uint8_t> ||
    std::is_same_v<T, std::int16_t> || std::is_same_v<T, std::uint16_t> ||
    std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::uint32_t> ||
    std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::uint64_t> ||
    std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, bool>;

/// A few bytes of payload may stand for a large element, as an optional that is empty does.
constexpr std::size_t kMaxMessageMemory = std::size_t{1} << 30;

/// Writes one payload into memory that is there already: encapsulation header (little endian), then
/// values in order. What does not fit is a bug of the caller, who knows the size (encoded_size).
class CdrWriter {
 public:
  /// `out` must outlive the writer.
  explicit CdrWriter(std::span<std::uint8_t> out);
  ~CdrWriter();
  template <Primitive T>
  void put(T value);
  template <Primitive T>
  void put_array(const T* values, std::size_t count);
  void put_string(std::string_view text);
  /// The memory must be full by now.
  void finish() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads one payload. The first failure sticks: later reads do nothing and error() says what it
/// was.
class CdrReader {
 public:
  /// `payload` must outlive the reader.
  explicit CdrReader(std::span<const std::uint8_t> payload);
  ~CdrReader();
  template <Primitive T>
  T get();
  template <Primitive T>
  void get_array(T* values, std::size_t count);
  std::string get_string();
  /// The next `count` bytes where they lie; empty after a failure.
  std::span<const std::uint8_t> get_bytes(std::size_t count);
  /// Length of a sequence; refused when that many elements cannot be in the rest of the payload.
  std::size_t get_length();
  /// Counts memory that a message takes beside its payload's bytes. False: reading has failed, or
  /// the message would take more than kMaxMessageMemory, and is refused.
  bool take_memory(std::size_t bytes);
  /// Refuses a payload with more than alignment padding after the last value.
  void finish();

  bool failed() const { return !error_.empty(); }
  void set_failed(std::string error);
  const std::string& error() const { return error_; }
  /// Bytes not read yet.
  std::size_t remaining() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::string error_;
  std::size_t memory_ = 0;
};

}  // namespace mort::message
