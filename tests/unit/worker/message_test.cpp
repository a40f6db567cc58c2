#include "message.hpp"

#include <gtest/gtest.h>

#include "mort/message/message.hpp"

namespace mort::worker {
namespace {

struct Reading {
  int number = 0;
  std::string text;
};
/// The same fields under another name, as a type of another library.
struct Renamed {
  int number = 0;
  std::string text;
};
struct Other {
  std::vector<double> values;
  std::string text;
};

TEST(Message, GivesThePublishersOwnObjectToSubscribersOfItsType) {
  const auto object = std::make_shared<const Reading>(Reading{4, "x"});
  Message message(object, message_type<Reading>());
  const auto got = message.object(message_type<Reading>());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->get(), object.get());
}

TEST(Message, EncodesOnDemandAndOnce) {
  Message message(std::make_shared<const Reading>(Reading{4, "x"}), message_type<Reading>());
  EXPECT_EQ(message.payload_size(), message::encode(Reading{4, "x"}).size());
  const auto first = message.payload();
  EXPECT_EQ(*first, message::encode(Reading{4, "x"}));
  EXPECT_EQ(message.payload().get(), first.get());
}

TEST(Message, DecodesAPayloadOnceForAllSubscribers) {
  Message message(message::encode(Reading{5, "abc"}));
  const auto first = message.object(message_type<Reading>());
  ASSERT_TRUE(first);
  EXPECT_EQ(static_cast<const Reading*>(first->get())->text, "abc");
  EXPECT_EQ(message.object(message_type<Reading>())->get(), first->get());
}

TEST(Message, ConvertsBetweenTypesOfTheSameWire) {
  const auto object = std::make_shared<const Reading>(Reading{6, "y"});
  Message message(object, message_type<Reading>());
  const auto renamed = message.object(message_type<Renamed>());
  ASSERT_TRUE(renamed);
  EXPECT_NE(renamed->get(), static_cast<const void*>(object.get()));
  EXPECT_EQ(static_cast<const Renamed*>(renamed->get())->number, 6);
  EXPECT_EQ(message.object(message_type<Reading>())->get(), object.get());  // still its own
}

TEST(Message, APayloadThatIsNotOfTheTypeIsRefusedAndTheMessageStaysUsable) {
  Message message(message::encode(Reading{1'000'000, "y"}));
  const auto other = message.object(message_type<Other>());
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kInvalid);
  EXPECT_TRUE(message.object(message_type<Reading>()));
  Message empty(std::vector<std::uint8_t>{});
  EXPECT_FALSE(empty.object(message_type<Reading>()));
}

}  // namespace
}  // namespace mort::worker
