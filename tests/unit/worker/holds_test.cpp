#include "holds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mort::worker {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

Holds holds() {
  Holds made({{"C1", {"b", "c"}}, {"C2", {"c"}}}, seconds(60));
  made.start(seconds(0));
  made.matched("C1", {"b", "c"});
  made.matched("C2", {"c"});
  return made;
}

TEST(Holds, NothingWaitsBeforeTheStart) {
  Holds made({{"C1", {"b"}}}, seconds(60));
  EXPECT_FALSE(made.holds("C1"));
  EXPECT_THAT(made.expired(seconds(1000)), IsEmpty());
}

TEST(Holds, ATopicWaitsWhileOneOfItsReadersIsAway) {
  Holds made = holds();
  EXPECT_FALSE(made.holds("C1"));
  made.matched("C1", {"c"});
  EXPECT_TRUE(made.holds("C1"));
  EXPECT_FALSE(made.holds("C2"));
  EXPECT_FALSE(made.holds("of another worker"));
  made.matched("C1", {"b", "c"});
  EXPECT_FALSE(made.holds("C1"));
}

TEST(Holds, ANodeThatIsNotHeardForTooLongIsToldOnce) {
  Holds made = holds();
  made.heard("b", seconds(30));
  EXPECT_THAT(made.expired(seconds(59)), IsEmpty());
  EXPECT_THAT(made.expired(seconds(60)), ElementsAre("c"));
  EXPECT_THAT(made.expired(seconds(61)), IsEmpty());
  EXPECT_THAT(made.expired(seconds(90)), ElementsAre("b"));
  EXPECT_THAT(made.topics_of("c"), ElementsAre("C1", "C2"));
}

TEST(Holds, NobodyWaitsForANodeThatWasGivenUpUntilItIsHeardAgain) {
  Holds made = holds();
  made.matched("C2", {});
  made.give_up("c");
  EXPECT_FALSE(made.holds("C2"));
  made.heard("c", seconds(100));
  EXPECT_TRUE(made.holds("C2"));
  made.matched("C2", {"c"});
  EXPECT_FALSE(made.holds("C2"));
  EXPECT_THAT(made.expired(seconds(160)), ElementsAre("b", "c")) << "told again";
}

TEST(Holds, AStrangerChangesNothing) {
  Holds made = holds();
  made.heard("x", seconds(1));
  made.matched("C9", {"x"});
  EXPECT_FALSE(made.holds("C9"));
  EXPECT_THAT(made.topics_of("x"), IsEmpty());
}

}  // namespace
}  // namespace mort::worker
