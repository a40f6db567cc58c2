// The code of fastddsgen for our own IDL (oracle/oracle_idl.cpp) is the oracle: our payload must
// equal its bytes, and each must read what the other wrote. So IDL and wire say the same.
#include <fastcdr/Cdr.h>
#include <fastcdr/FastBuffer.h>
#include <gtest/gtest.h>

#include <random>

#include "mort/message/message.hpp"
#include "oracle.h"

namespace mort::message {
namespace {

enum class Colour { kRed, kGreen, kBlue };

enum class Sparse { kRed = 2, kNear = 3, kFar = 200 };

enum class Level : std::int16_t { kLow = -100, kHigh = 1000 };
enum class Mask : std::uint64_t { kFirst = 1, kSecond = 2 };

struct Point {
  std::int8_t x = 0;
  double y = 0;
  bool operator==(const Point&) const = default;
};

struct Leaf {
  Colour colour = Colour::kRed;
  Point point;
  bool operator==(const Leaf&) const = default;
};

struct Inner {
  std::int16_t a = 0;
  std::string text;
  std::uint8_t tail = 0;
  bool operator==(const Inner&) const = default;
};

struct All {
  bool flag = false;
  char letter = 0;
  std::uint8_t small_number = 0;
  std::int16_t i16 = 0;
  std::uint16_t u16 = 0;
  std::int32_t i32 = 0;
  std::uint32_t u32 = 0;
  std::int64_t i64 = 0;
  std::uint64_t u64 = 0;
  float f = 0;
  double d = 0;
  Colour tint = Colour::kRed;
  std::string text;
  std::vector<std::uint8_t> bytes;
  std::vector<bool> bits;
  std::vector<double> doubles;
  std::vector<std::string> words;
  std::array<std::int32_t, 3> three{};
  std::array<Inner, 2> pair{};
  std::vector<Inner> many;
  Inner nested;
  std::vector<Colour> colours;
  std::int8_t i8 = 0;
  std::array<std::array<std::int16_t, 3>, 2> grid{};
  std::vector<std::array<double, 2>> rows;
  std::vector<std::vector<std::int32_t>> lists;
  std::array<std::vector<std::string>, 2> both;
  Sparse sparse = Sparse::kNear;
  std::vector<Leaf> leaves;
  std::uint16_t module = 0;
  std::optional<Inner> maybe;
  Level level = Level::kLow;
  std::vector<Mask> masks;
  std::map<std::string, std::optional<double>> gains;
  std::chrono::microseconds age{0};
  std::optional<std::chrono::system_clock::time_point> at;
  bool operator==(const All&) const = default;
};

using Random = std::mt19937_64;

std::string random_text(Random& random) {
  std::string text;
  for (auto n = random() % 12; n > 0; --n) text += static_cast<char>('a' + random() % 26);
  return text;
}

Inner random_inner(Random& random) {
  return {static_cast<std::int16_t>(random()), random_text(random),
          static_cast<std::uint8_t>(random())};
}

template <class T, class Make>
std::vector<T> random_list(Random& random, Make make) {
  std::vector<T> list;
  for (auto n = random() % 7; n > 0; --n) list.push_back(make());
  return list;
}

All random_message(Random& random) {
  All all;
  all.flag = random() % 2 == 0;
  all.letter = static_cast<char>('a' + random() % 26);
  all.small_number = static_cast<std::uint8_t>(random());
  all.i16 = static_cast<std::int16_t>(random());
  all.u16 = static_cast<std::uint16_t>(random());
  all.i32 = static_cast<std::int32_t>(random());
  all.u32 = static_cast<std::uint32_t>(random());
  all.i64 = static_cast<std::int64_t>(random());
  all.u64 = random();
  all.f = static_cast<float>(random() % 1000) / 8;
  all.d = static_cast<double>(random() % 100000) / 16;
  all.tint = static_cast<Colour>(random() % 3);
  all.text = random_text(random);
  all.bytes =
      random_list<std::uint8_t>(random, [&] { return static_cast<std::uint8_t>(random()); });
  all.bits = random_list<bool>(random, [&] { return random() % 2 == 0; });
  all.doubles = random_list<double>(random, [&] { return static_cast<double>(random() % 1000); });
  all.words = random_list<std::string>(random, [&] { return random_text(random); });
  for (auto& number : all.three) number = static_cast<std::int32_t>(random());
  for (auto& inner : all.pair) inner = random_inner(random);
  all.many = random_list<Inner>(random, [&] { return random_inner(random); });
  all.nested = random_inner(random);
  all.colours = random_list<Colour>(random, [&] { return static_cast<Colour>(random() % 3); });
  all.i8 = static_cast<std::int8_t>(random());
  for (auto& row : all.grid) {
    for (auto& number : row) number = static_cast<std::int16_t>(random());
  }
  all.rows = random_list<std::array<double, 2>>(random, [&] {
    return std::array<double, 2>{static_cast<double>(random() % 1000), 0.5};
  });
  all.lists = random_list<std::vector<std::int32_t>>(random, [&] {
    return random_list<std::int32_t>(random, [&] { return static_cast<std::int32_t>(random()); });
  });
  for (auto& words : all.both)
    words = random_list<std::string>(random, [&] { return random_text(random); });
  all.sparse = std::array{Sparse::kRed, Sparse::kNear, Sparse::kFar}[random() % 3];
  all.leaves = random_list<Leaf>(random, [&] {
    return Leaf{static_cast<Colour>(random() % 3),
                {static_cast<std::int8_t>(random()), static_cast<double>(random() % 1000)}};
  });
  all.module = static_cast<std::uint16_t>(random());
  if (random() % 2 == 0) all.maybe = random_inner(random);
  all.level = static_cast<Level>(random());
  all.masks = random_list<Mask>(random, [&] { return static_cast<Mask>(random()); });
  for (auto n = random() % 4; n > 0; --n) {
    auto& gain = all.gains[random_text(random)];
    if (random() % 2 == 0) gain = static_cast<double>(random() % 1000);
  }
  all.age = std::chrono::microseconds(static_cast<std::int32_t>(random()));
  if (random() % 2 == 0)
    all.at = std::chrono::system_clock::time_point(
        std::chrono::nanoseconds(static_cast<std::int64_t>(random())));
  return all;
}

oracle::Inner to_oracle(const Inner& inner) {
  oracle::Inner out;
  out.a(inner.a);
  out.text(inner.text);
  out.tail(inner.tail);
  return out;
}

oracle::Colour to_oracle(Colour colour) {
  return static_cast<oracle::Colour>(colour);
}

oracle::Sparse to_oracle(Sparse sparse) {
  switch (sparse) {
    case Sparse::kRed:
      return oracle::Sparse_kRed;
    case Sparse::kNear:
      return oracle::kNear;
    case Sparse::kFar:
      break;
  }
  return oracle::kFar;
}

oracle::deeper::Leaf to_oracle(const Leaf& leaf) {
  oracle::deeper::Leaf out;
  out.colour(to_oracle(leaf.colour));
  out.point_().x(leaf.point.x);
  out.point_().y(leaf.point.y);
  return out;
}

oracle::All to_oracle(const All& all) {
  oracle::All out;
  out.flag(all.flag);
  out.letter(all.letter);
  out.small_number(all.small_number);
  out.i16(all.i16);
  out.u16(all.u16);
  out.i32(all.i32);
  out.u32(all.u32);
  out.i64(all.i64);
  out.u64(all.u64);
  out.f(all.f);
  out.d(all.d);
  out.tint(to_oracle(all.tint));
  out.text(all.text);
  out.bytes(all.bytes);
  out.bits(all.bits);
  out.doubles(all.doubles);
  out.words(all.words);
  out.three(all.three);
  out.pair({to_oracle(all.pair[0]), to_oracle(all.pair[1])});
  for (const Inner& inner : all.many) out.many().push_back(to_oracle(inner));
  out.nested(to_oracle(all.nested));
  for (const Colour colour : all.colours) out.colours().push_back(to_oracle(colour));
  out.i8(all.i8);
  out.grid(all.grid);
  out.rows(all.rows);
  out.lists(all.lists);
  out.both(all.both);
  out.sparse_(to_oracle(all.sparse));
  for (const Leaf& leaf : all.leaves) out.leaves().push_back(to_oracle(leaf));
  out.module(all.module);
  if (all.maybe) out.maybe().push_back(to_oracle(*all.maybe));
  out.level_(static_cast<std::int32_t>(all.level));
  for (const Mask mask : all.masks) out.masks().push_back(static_cast<std::uint64_t>(mask));
  for (const auto& [key, gain] : all.gains) {
    oracle::All_gains_entry entry;
    entry.key(key);
    if (gain) entry.value().push_back(*gain);
    out.gains().push_back(entry);
  }
  out.age(std::chrono::nanoseconds(all.age).count());
  if (all.at) out.at().push_back(all.at->time_since_epoch().count());
  return out;
}

/// What fastddsgen's code writes, with alignment gaps zeroed by clearing the buffer first.
std::vector<std::uint8_t> oracle_bytes(const oracle::All& message) {
  std::vector<char> memory(65536, 0);
  eprosima::fastcdr::FastBuffer buffer(memory.data(), memory.size());
  eprosima::fastcdr::Cdr cdr(buffer, eprosima::fastcdr::Cdr::LITTLE_ENDIANNESS,
                             eprosima::fastcdr::Cdr::DDS_CDR);
  cdr.serialize_encapsulation();
  message.serialize(cdr);
  return {memory.begin(),
          memory.begin() + static_cast<std::ptrdiff_t>(cdr.getSerializedDataLength())};
}

TEST(CdrOracle, EveryPayloadEqualsTheCodeOfFastddsgenByteForByte) {
  Random random(11);
  for (int round = 0; round < 2000; ++round) {
    const All message = random_message(random);
    const auto expected = oracle_bytes(to_oracle(message));
    ASSERT_EQ(encode(message), expected) << "round " << round;
    EXPECT_EQ(encoded_size(message), expected.size());
    const auto decoded = decode<All>(expected);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, message);
  }
}

}  // namespace
}  // namespace mort::message
