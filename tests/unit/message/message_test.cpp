#include "mort/message/message.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mort::message {
namespace {

enum class Colour { kRed, kGreen, kBlue = 7 };
enum Flags : std::uint8_t { kServo = 1, kGripper = 2, kLight = 4 };
enum class Level : std::int8_t { kLow = -100, kHigh = 100 };
enum class Mask : std::uint64_t { kTop = 1ULL << 63 };
enum class Code : std::uint32_t { kLast = 0xffffffff };
enum class Switch : bool { kOff, kOn };

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

struct Rich {
  std::optional<std::int32_t> none;
  std::optional<Inner> some;
  std::map<std::string, double> gains;
  std::map<std::string, std::vector<std::optional<Inner>>, std::less<>> deep;
  std::chrono::milliseconds age{0};
  std::chrono::system_clock::time_point at;
  std::vector<std::chrono::nanoseconds> laps;
  std::optional<std::map<std::string, bool>> both;
  Flags flags = kServo;
  Level level = Level::kLow;
  Mask mask = Mask::kTop;
  Code code = Code::kLast;
  Switch power = Switch::kOff;
  std::vector<Mask> masks;
  bool operator==(const Rich&) const = default;
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

TEST(Reflection, CountsFieldsThatConvertFromAnything) {
  struct Lonely {
    std::optional<std::string> only;
  };
  EXPECT_EQ(field_count<Rich>(), 14U);
  EXPECT_EQ(field_count<Lonely>(), 1U);
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

Rich rich() {
  Rich rich;
  rich.some = Inner{7, "some"};
  rich.gains = {{"b", 2.5}, {"a", -1}, {"", 0}};
  rich.deep = {{"x", {std::nullopt, Inner{1, "y"}}}, {"z", {}}};
  rich.age = std::chrono::milliseconds(-1500);
  rich.at =
      std::chrono::system_clock::time_point(std::chrono::nanoseconds(1'700'000'000'000'000'001));
  rich.laps = {std::chrono::nanoseconds::max(), std::chrono::nanoseconds::min(),
               std::chrono::nanoseconds(3)};
  rich.both = {{"on", true}};
  rich.flags = static_cast<Flags>(kServo | kGripper);
  rich.level = static_cast<Level>(-5);
  rich.mask = static_cast<Mask>((1ULL << 63) + 5);
  rich.power = Switch::kOn;
  rich.masks = {Mask::kTop, static_cast<Mask>(9)};
  return rich;
}

TEST(Message, DecodesOptionalsMapsTimesAndValuesWithoutEnumerator) {
  for (const Rich& message : {rich(), Rich{}}) {
    const auto payload = encode(message);
    EXPECT_EQ(encoded_size(message), payload.size());
    const auto decoded = decode<Rich>(payload);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, message);
    for (std::size_t size = 0; size < payload.size(); ++size)
      EXPECT_FALSE(decode<Rich>(std::span(payload.data(), size))) << size;
  }
}

/// The body of a payload after its encapsulation.
std::vector<std::uint8_t> body_of(std::vector<std::uint8_t> payload) {
  payload.erase(payload.begin(), payload.begin() + 4);
  return payload;
}

template <class T>
Result<T> decode_body(std::vector<std::uint8_t> body) {
  body.insert(body.begin(), {0, 1, 0, 0});
  return decode<T>(body);
}

template <class T>
struct Holds {
  T value{};
};

TEST(Message, EnumsTravelIn32BitsOrIn64WhereTheyHaveThem) {
  EXPECT_EQ(body_of(encode(Holds<Flags>{kLight})), (std::vector<std::uint8_t>{4, 0, 0, 0}));
  EXPECT_EQ(body_of(encode(Holds<Level>{Level::kLow})),
            (std::vector<std::uint8_t>{0x9c, 0xff, 0xff, 0xff}));
  EXPECT_EQ(body_of(encode(Holds<Code>{Code::kLast})),
            (std::vector<std::uint8_t>{0xff, 0xff, 0xff, 0xff}));
  EXPECT_EQ(body_of(encode(Holds<Mask>{Mask::kTop})),
            (std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0, 0, 0x80}));
}

TEST(Message, RefusesValuesThatTheTypeOfAnEnumCannotHold) {
  EXPECT_TRUE(decode_body<Holds<Flags>>({255, 0, 0, 0}));
  const auto beyond = decode_body<Holds<Flags>>({44, 1, 0, 0});
  ASSERT_FALSE(beyond);
  EXPECT_NE(beyond.error().message.find("Flags cannot hold"), std::string::npos);
  EXPECT_TRUE(decode_body<Holds<Level>>({0x80, 0xff, 0xff, 0xff}));
  EXPECT_FALSE(decode_body<Holds<Level>>({0x7f, 0xff, 0xff, 0xff}));
  EXPECT_FALSE(decode_body<Holds<Level>>({128, 0, 0, 0}));
  EXPECT_FALSE(decode_body<Holds<Switch>>({2, 0, 0, 0}));
}

TEST(Message, TimesTravelInNanoseconds) {
  using std::chrono::milliseconds;
  EXPECT_EQ(body_of(encode(Holds<milliseconds>{milliseconds(1)})),
            (std::vector<std::uint8_t>{0x40, 0x42, 0x0f, 0, 0, 0, 0, 0}));
  EXPECT_FALSE(decode_body<Holds<milliseconds>>({1, 0, 0, 0, 0, 0, 0, 0})) << "between two";
  using Short = std::chrono::duration<std::int16_t>;
  EXPECT_FALSE(decode<Holds<Short>>(encode(Holds<std::chrono::seconds>{std::chrono::hours(24)})));
  EXPECT_EQ(decode<Holds<Short>>(encode(Holds<Short>{Short(-7)}))->value, Short(-7));
  for (const auto sentinel : {milliseconds::max(), milliseconds::min()})
    EXPECT_EQ(decode<Holds<milliseconds>>(encode(Holds<milliseconds>{sentinel}))->value, sentinel);
}

TEST(Message, RefusesOptionalsOfTwoAndMapsWithOneKeyTwice) {
  EXPECT_TRUE(decode_body<Holds<std::optional<bool>>>({1, 0, 0, 0, 1}));
  EXPECT_FALSE(decode_body<Holds<std::optional<bool>>>({2, 0, 0, 0, 1, 1}));
  using Map = std::map<std::string, bool>;
  const std::vector<std::uint8_t> a{2, 0, 0, 0, 'a', 0, 1, 0};
  std::vector<std::uint8_t> twice{2, 0, 0, 0};
  for (int i = 0; i < 2; ++i) twice.insert(twice.end(), a.begin(), a.end());
  EXPECT_FALSE(decode_body<Holds<Map>>(twice));
  twice[16] = 'A';
  twice[8] = 'b';
  EXPECT_EQ(decode_body<Holds<Map>>(twice)->value.size(), 2U) << "other programs need not sort";
}

TEST(Message, RefusesAFewBytesThatStandForMuchMemory) {
  using Large = std::optional<std::array<std::uint8_t, kMaxMessageMemory>>;
  const auto decoded = decode_body<Holds<std::vector<Large>>>({1, 0, 0, 0, 0, 0, 0, 0});
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().message.find("1 GiB"), std::string::npos);
}

#define FIELDS_16(row)                                                                             \
  std::uint8_t row##0 = 0, row##1 = 0, row##2 = 0, row##3 = 0, row##4 = 0, row##5 = 0, row##6 = 0, \
               row##7 = 0, row##8 = 0, row##9 = 0, row##a = 0, row##b = 0, row##c = 0, row##d = 0, \
               row##e = 0, row##f = 0;
struct Widest {
  FIELDS_16(r0)
  FIELDS_16(r1)
  FIELDS_16(r2)
  FIELDS_16(r3) FIELDS_16(r4) FIELDS_16(r5) FIELDS_16(r6) FIELDS_16(r7) FIELDS_16(r8) FIELDS_16(r9)
      FIELDS_16(ra) FIELDS_16(rb) FIELDS_16(rc) FIELDS_16(rd) FIELDS_16(re) FIELDS_16(rf)
};
struct TooWide {
  FIELDS_16(r0)
  FIELDS_16(r1)
  FIELDS_16(r2)
  FIELDS_16(r3) FIELDS_16(r4) FIELDS_16(r5) FIELDS_16(r6) FIELDS_16(r7) FIELDS_16(r8) FIELDS_16(r9)
      FIELDS_16(ra) FIELDS_16(rb) FIELDS_16(rc) FIELDS_16(rd) FIELDS_16(re)
          FIELDS_16(rf) bool one_more = false;
};
struct Fields33 {
  FIELDS_16(r0) FIELDS_16(r1) std::uint8_t last = 0;
};
#undef FIELDS_16

TEST(Message, AStructHasUpTo256Fields) {
  EXPECT_EQ(field_count<Widest>(), 256U);
  EXPECT_EQ(field_count<TooWide>(), 257U);
  EXPECT_EQ(field_count<Fields33>(), 33U);
  Widest wide;
  wide.r00 = 1;
  wide.ra7 = 2;
  wide.rff = 3;
  const auto body = body_of(encode(wide));
  ASSERT_EQ(body.size(), 256U);
  EXPECT_EQ(body[0x00], 1);
  EXPECT_EQ(body[0xa7], 2);
  EXPECT_EQ(body[0xff], 3);
  EXPECT_EQ(decode<Widest>(encode(wide))->ra7, 2);
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
