#include "mort/message/message.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mort::message {
namespace {

enum class Colour { kRed, kGreen, kBlue = 7 };

struct Inner {
  std::int16_t a = 0;
  std::string text;
  bool operator==(const Inner&) const = default;
};

struct All {
  bool flag = false;
  char letter = 0;
  std::int8_t i8 = 0;
  std::uint64_t u64 = 0;
  float f = 0;
  double d = 0;
  Colour colour = Colour::kRed;
  std::string text;
  std::vector<std::uint8_t> bytes;
  std::vector<bool> bits;
  std::array<std::int32_t, 3> three{};
  std::array<Inner, 2> pair{};
  std::vector<Inner> many;
  long native = 0;
  bool operator==(const All&) const = default;
};

struct One {
  std::string only;
};

All sample() {
  return {true,
          'x',
          -3,
          1ULL << 60,
          1.5F,
          -2.25,
          Colour::kBlue,
          "hello",
          {1, 2, 3},
          {true, false, true},
          {4, 5, 6},
          {Inner{1, "a"}, Inner{2, ""}},
          {Inner{3, "ccc"}},
          -9};
}

TEST(Reflection, CountsFieldsOfAggregatesWithArraysOfClasses) {
  EXPECT_EQ(field_count<All>(), 14U);
  EXPECT_EQ(field_count<One>(), 1U);
  EXPECT_EQ(field_count<Inner>(), 2U);
}

TEST(Reflection, NamesTypesAsIdlDoes) {
  EXPECT_EQ(type_name<std::int32_t>(), "int");
  EXPECT_NE(type_name<All>().find("All"), std::string_view::npos);
}

TEST(Message, DecodesWhatItEncoded) {
  const auto decoded = decode<All>(encode(sample()));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, sample());
}

TEST(Message, KnowsItsEncodedSizeWithoutEncoding) {
  EXPECT_EQ(encoded_size(sample()), encode(sample()).size());
  EXPECT_EQ(encoded_size(All{}), encode(All{}).size());
  EXPECT_EQ(encoded_size(Inner{1, "abc"}), encode(Inner{1, "abc"}).size());
}

TEST(Message, LaysOutStringsAndAlignmentAsXcdr1) {
  const auto bytes = encode(Inner{0x0102, "ab"});
  const std::vector<std::uint8_t> expected{0, 1, 0, 0, 2, 1, 0, 0, 3, 0, 0, 0, 'a', 'b', 0};
  EXPECT_EQ(bytes, expected);
}

TEST(Message, FillsAlignmentGapsWithZeros) {
  struct Gaps {
    std::uint8_t small = 0;
    std::uint64_t large = 0;
  };
  for (int round = 0; round < 100; ++round) {
    const std::vector<char> dirt(256, static_cast<char>(round));  // leaves its bytes in the heap
    const auto bytes = encode(Gaps{1, 2});
    EXPECT_EQ(std::vector<std::uint8_t>(bytes.begin() + 5, bytes.begin() + 12),
              std::vector<std::uint8_t>(7, 0));
  }
}

TEST(Message, RefusesEveryTruncation) {
  const auto whole = encode(sample());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode<All>(std::span(whole.data(), size))) << size;
  }
}

TEST(Message, RefusesAnEnumOutOfRange) {
  struct Coloured {
    Colour colour;
  };
  auto bytes = encode(Coloured{Colour::kBlue});
  bytes[4] = 3;
  const auto decoded = decode<Coloured>(bytes);
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().message.find("Colour"), std::string::npos);
}

TEST(Message, RefusesStringsWithoutNulAndOfLengthZero) {
  auto bytes = encode(One{"abc"});
  bytes.back() = 'x';
  EXPECT_FALSE(decode<One>(bytes));
  EXPECT_FALSE(decode<One>(std::vector<std::uint8_t>{0, 1, 0, 0, 0, 0, 0, 0}));
}

TEST(Message, RefusesForgedLengthsWithoutAllocatingThem) {
  const std::vector<std::uint8_t> forged{0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};
  struct Many {
    std::vector<Inner> many;
  };
  struct Wide {
    std::vector<std::uint64_t> wide;
  };
  EXPECT_FALSE(decode<One>(forged));
  EXPECT_FALSE(decode<Many>(forged));
  EXPECT_FALSE(decode<Wide>(forged));
}

TEST(Message, SurvivesRandomBytes) {
  std::mt19937 random(7);  // seeded: every run sees the same bytes
  const auto whole = encode(sample());
  for (int round = 0; round < 20000; ++round) {
    auto bytes = whole;
    for (int flips = 0; flips < 4; ++flips) {
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    }
    if (auto decoded = decode<All>(bytes)) {
      EXPECT_LE(decoded->bytes.size(), whole.size());
    }
  }
}

}  // namespace
}  // namespace mort::message
