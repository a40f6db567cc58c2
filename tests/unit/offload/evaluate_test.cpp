#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "builder.hpp"

namespace mort::offload {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Evaluate, ProfitCountsEdgesWithBothEndsOnOneNode) {
  Builder b;
  b.node(9).node(9).task(1).task(1).task(1).edge(0, 1, 3).edge(1, 2, 5).feed(1, 2, 7).feed(0, 0,
                                                                                           11);
  const Figures figures = evaluate(b.get(), {0, 0, 1});
  EXPECT_EQ(figures.profit, 3 + 7 + 11);
  EXPECT_EQ(figures.total, 26);
  EXPECT_EQ(figures.traffic, 5);
}

TEST(Evaluate, TopicCrossesOnceToEachRemoteWorkerAtItsLargestRate) {
  Builder b;
  b.node(9).node(9).node(9);
  for (int i = 0; i < 5; ++i) b.task(1);
  b.edge(0, 1, 3, "C").edge(0, 2, 4, "C").edge(0, 3, 4, "C").edge(0, 4, 2, "C");
  b.get().tasks[3].job = 1;  // a worker of its own
  // Tasks 1 and 2 share a worker on node 1, 3 has another there, 4 is local: two crossings at
  // rate 4.
  EXPECT_EQ(evaluate(b.get(), {0, 1, 1, 1, 0}).traffic, 8);
}

TEST(Evaluate, UnnamedEdgesAreTopicsOfTheirOwn) {
  Builder b;
  b.node(9).node(9).task(1).task(1).edge(0, 1, 3).edge(0, 1, 4);
  EXPECT_EQ(evaluate(b.get(), {0, 1}).traffic, 7);
}

TEST(Evaluate, VirtualTopicIsSharedByItsReaders) {
  Builder b;
  b.node(9).node(9).task(1).task(1);
  b.get().virtuals = {{0, "V"}, {0, ""}};
  b.get().virtual_edges = {{0, 0, 5}, {0, 1, 5}, {1, 0, 3}, {1, 1, 3}};
  EXPECT_EQ(evaluate(b.get(), {1, 1}).traffic, 5 + 3 + 3);
  EXPECT_EQ(evaluate(b.get(), {0, 0}).traffic, 0);
  EXPECT_EQ(evaluate(b.get(), {0, 0}).profit, 16);
}

TEST(Evaluate, TasksThatAreNotPlacedKeepNothing) {
  Builder b;
  b.node(9).task(1).task(1).edge(0, 1, 3);
  const Figures figures = evaluate(b.get(), {-1, -1});
  EXPECT_EQ(figures.profit, 0);
  EXPECT_EQ(figures.traffic, 0);
  EXPECT_EQ(evaluate(b.get(), {0, -1}).traffic, 3);
}

TEST(Violations, EachIsNamed) {
  Builder b;
  b.node(2).node(5).task(2).task(2).task(1, std::vector<std::int32_t>{1});
  b.get().nodes[1].memory = 10;
  b.get().tasks[0].memory = 11;
  EXPECT_THAT(violations(b.get(), {1, 0, 1}),
              ElementsAre(HasSubstr("node1: its tasks ask for 11 bytes, it has 10")));
  EXPECT_THAT(violations(b.get(), {0, 0, 1}),
              ElementsAre(HasSubstr("node0: its tasks ask for 4 cpu, it has 2")));
  EXPECT_THAT(violations(b.get(), {0, 1, 0}),
              ElementsAre(HasSubstr("task 2 may not run on node0"), HasSubstr("3 cpu, it has 2")));
  EXPECT_THAT(violations(b.get(), {0, -1, 7}),
              ElementsAre(HasSubstr("task 1 is not placed"), HasSubstr("does not exist")));
  EXPECT_THAT(violations(b.get(), {0}), ElementsAre(HasSubstr("1 entries for 3 tasks")));
}

}  // namespace
}  // namespace mort::offload
