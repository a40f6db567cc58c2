#include "mort/message/cdr.hpp"

#include <fastcdr/Cdr.h>
#include <fastcdr/FastBuffer.h>
#include <fastcdr/exceptions/Exception.h>

#include "mort/base/result.hpp"

namespace mort::message {

using eprosima::fastcdr::Cdr;
using eprosima::fastcdr::FastBuffer;

struct CdrWriter::Impl {
  explicit Impl(std::span<std::uint8_t> out)
      : buffer(reinterpret_cast<char*>(out.data()), out.size()) {}
  FastBuffer buffer;
  Cdr cdr{buffer, Cdr::LITTLE_ENDIANNESS, Cdr::DDS_CDR};

  /// Fast CDR skips over alignment gaps and leaves there what the memory held: equal messages would
  /// have unequal payloads, and foreign bytes would leave the process. So the gaps are written as
  /// zeros.
  void align(std::size_t size) {
    constexpr std::size_t kEncapsulation = 4;
    while ((cdr.getSerializedDataLength() - kEncapsulation) % size != 0)
      cdr.serialize(std::uint8_t{0});
  }
};

CdrWriter::CdrWriter(std::span<std::uint8_t> out) : impl_(std::make_unique<Impl>(out)) {
  impl_->cdr.serialize_encapsulation();
}
CdrWriter::~CdrWriter() = default;

template <Primitive T>
void CdrWriter::put(T value) {
  impl_->align(sizeof value);
  impl_->cdr.serialize(value);
}

template <Primitive T>
void CdrWriter::put_array(const T* values, std::size_t count) {
  if (count == 0) return;
  impl_->align(sizeof *values);
  impl_->cdr.serializeArray(values, count);
}

void CdrWriter::put_string(std::string_view text) {
  put(static_cast<std::uint32_t>(text.size() + 1));
  put_array(text.data(), text.size());
  put('\0');
}

void CdrWriter::finish() const {
  MORT_CHECK(impl_->cdr.getSerializedDataLength() == impl_->buffer.getBufferSize());
}

struct CdrReader::Impl {
  explicit Impl(std::span<const std::uint8_t> payload)
      : size(payload.size()),
        // Fast CDR takes a mutable pointer but only reads in deserialisation.
        buffer(const_cast<char*>(reinterpret_cast<const char*>(payload.data())), payload.size()) {}
  std::size_t size;
  FastBuffer buffer;
  Cdr cdr{buffer, Cdr::DEFAULT_ENDIAN, Cdr::DDS_CDR};
};

CdrReader::CdrReader(std::span<const std::uint8_t> payload)
    : impl_(std::make_unique<Impl>(payload)) {
  if (payload.size() < 4 || payload[0] != 0 || payload[1] > 1) {
    set_failed("not a plain CDR payload: its encapsulation is neither CDR_BE nor CDR_LE");
    return;
  }
  try {
    impl_->cdr.read_encapsulation();
  } catch (const eprosima::fastcdr::exception::Exception& e) {
    set_failed(e.what());
  }
}
CdrReader::~CdrReader() = default;

void CdrReader::set_failed(std::string error) {
  if (error_.empty()) error_ = std::move(error);
}

std::size_t CdrReader::remaining() const {
  const std::size_t used = impl_->cdr.getSerializedDataLength();
  return used < impl_->size ? impl_->size - used : 0;
}

template <Primitive T>
T CdrReader::get() {
  T value{};
  get_array(&value, 1);
  return value;
}

template <Primitive T>
void CdrReader::get_array(T* values, std::size_t count) {
  if (failed() || count == 0) return;
  if (count > remaining()) return set_failed("the payload is truncated");
  try {
    impl_->cdr.deserializeArray(values, count);
  } catch (const eprosima::fastcdr::exception::Exception&) {
    set_failed("the payload is truncated or holds a value out of range");
  }
}

std::span<const std::uint8_t> CdrReader::get_bytes(std::size_t count) {
  if (failed()) return {};
  if (count > remaining()) {
    set_failed("the payload is truncated");
    return {};
  }
  if (count == 0) return {};
  const auto* begin = reinterpret_cast<const std::uint8_t*>(impl_->cdr.getCurrentPosition());
  // Fast CDR aligns a value only when the one before it was smaller, and a jump does not count as
  // one: so the last byte is read.
  impl_->cdr.jump(count - 1);
  get<std::uint8_t>();
  return {begin, count};
}

std::string CdrReader::get_string() {
  const std::size_t length = get_length();
  if (failed()) return {};
  if (length == 0) {
    set_failed("a string without its terminating NUL");
    return {};
  }
  const auto bytes = get_bytes(length);
  if (failed()) return {};
  if (bytes.back() != 0) {
    set_failed("a string without its terminating NUL");
    return {};
  }
  return {reinterpret_cast<const char*>(bytes.data()), length - 1};
}

std::size_t CdrReader::get_length() {
  const auto length = get<std::uint32_t>();
  if (!failed() && length > remaining()) set_failed("a length that is larger than the payload");
  return failed() ? 0 : length;
}

bool CdrReader::take_memory(std::size_t bytes) {
  if (failed()) return false;
  memory_ += bytes;
  if (memory_ > kMaxMessageMemory) set_failed("a message that would take more than 1 GiB");
  return !failed();
}

void CdrReader::finish() {
  if (!failed() && remaining() > 3) set_failed("bytes after the end of the message");
}

#define MORT_INSTANTIATE(T)                                     \
  template void CdrWriter::put<T>(T);                           \
  template void CdrWriter::put_array<T>(const T*, std::size_t); \
  template T CdrReader::get<T>();                               \
  template void CdrReader::get_array<T>(T*, std::size_t);
MORT_INSTANTIATE(char)
MORT_INSTANTIATE(std::int8_t)
MORT_INSTANTIATE(std::uint8_t)
MORT_INSTANTIATE(std::int16_t)
MORT_INSTANTIATE(std::uint16_t)
MORT_INSTANTIATE(std::int32_t)
MORT_INSTANTIATE(std::uint32_t)
MORT_INSTANTIATE(std::int64_t)
MORT_INSTANTIATE(std::uint64_t)
MORT_INSTANTIATE(float)
MORT_INSTANTIATE(double)
MORT_INSTANTIATE(bool)
#undef MORT_INSTANTIATE

}  // namespace mort::message
