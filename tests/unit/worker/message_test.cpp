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

Message reading(int number, const std::string& text) {
  auto object = std::make_shared<const Reading>(Reading{number, text});
  const std::size_t bytes = message::encoded_size(*object);
  return Message(std::move(object), message_type<Reading>(), bytes);
}

TEST(Message, GivesThePublishersOwnObjectToSubscribersOfItsType) {
  const auto object = std::make_shared<const Reading>(Reading{4, "x"});
  Message message(object, message_type<Reading>(), message::encoded_size(*object));
  Message copy = message;
  EXPECT_EQ(message.take_object(message_type<Reading>())->get(), object.get());
  EXPECT_FALSE(message) << "it holds the object no longer";
  EXPECT_EQ(copy.take_object(message_type<Reading>())->get(), object.get());
}

TEST(Message, EncodesOnDemand) {
  const Message message = reading(4, "x");
  EXPECT_EQ(message.payload_size(), message::encode(Reading{4, "x"}).size());
  EXPECT_EQ(*message.payload(), message::encode(Reading{4, "x"}));
}

TEST(Message, DecodesAPayloadOnceForAllSubscribers) {
  Message message(message::encode(Reading{5, "abc"}));
  Message copy = message;
  const auto first = message.take_object(message_type<Reading>());
  ASSERT_TRUE(first);
  EXPECT_EQ(static_cast<const Reading*>(first->get())->text, "abc");
  EXPECT_EQ(copy.take_object(message_type<Reading>())->get(), first->get());
}

TEST(Message, KeepsAPayloadAsItCame) {
  const auto bytes = message::encode(Reading{5, "abc"});
  const Message message(bytes);
  EXPECT_EQ(*message.payload(), bytes);
  EXPECT_EQ(message.payload_size(), bytes.size());
}

TEST(Message, ConvertsBetweenTypesOfTheSameWire) {
  const auto object = std::make_shared<const Reading>(Reading{6, "y"});
  Message message(object, message_type<Reading>(), message::encoded_size(*object));
  Message copy = message;
  const auto renamed = message.take_object(message_type<Renamed>());
  ASSERT_TRUE(renamed);
  EXPECT_NE(renamed->get(), static_cast<const void*>(object.get()));
  EXPECT_EQ(static_cast<const Renamed*>(renamed->get())->number, 6);
  EXPECT_EQ(copy.take_object(message_type<Reading>())->get(), object.get());
}

TEST(Message, APayloadThatIsNotOfTheTypeIsRefusedAndItsCopiesStayUsable) {
  Message message(message::encode(Reading{1'000'000, "y"}));
  Message copy = message;
  const auto other = message.take_object(message_type<Other>());
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kInvalid);
  EXPECT_TRUE(copy.take_object(message_type<Reading>()));
  Message empty(std::vector<std::uint8_t>{});
  EXPECT_FALSE(empty.take_object(message_type<Reading>()));
}

}  // namespace
}  // namespace mort::worker
