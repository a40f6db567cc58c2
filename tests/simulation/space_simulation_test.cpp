// The spaces in a world of faults. MORT_SEEDS=N and MORT_FIRST_SEED=N: more of them, or one again.
#include <gtest/gtest.h>

#include <cstdlib>

#include "mort/base/log.hpp"
#include "simulation/space_world.hpp"

namespace mort::simulation {
namespace {

using std::chrono::seconds;

std::uint64_t number_from(const char* name, std::uint64_t standard) {
  const char* text = std::getenv(name);
  return text == nullptr ? standard : std::strtoull(text, nullptr, 10);
}

std::string live(std::uint64_t seed, Planted planted = {}, std::string* trace = nullptr) {
  SpaceWorld world(seed, 2 + static_cast<int>(seed % 11), planted);
  world.run(seconds(60));
  world.rest();
  if (trace != nullptr) *trace = world.trace_hash();
  return world.verdict();
}

TEST(SpaceSimulation, NothingIsLostAndAllAgree) {
  log::configure("simulation", log::Level::kError);
  const std::uint64_t first = number_from("MORT_FIRST_SEED", 1);
  for (std::uint64_t seed = first; seed < first + number_from("MORT_SEEDS", 50); ++seed) {
    const std::string verdict = live(seed);
    EXPECT_EQ(verdict, "") << "again with MORT_FIRST_SEED=" << seed << " MORT_SEEDS=1";
  }
}

TEST(SpaceSimulation, OneSeedIsOneHistory) {
  std::string first;
  std::string second;
  live(7, {}, &first);
  live(7, {}, &second);
  EXPECT_EQ(first, second);
  live(18, {}, &second);
  EXPECT_NE(first, second);
}

/// Each must be caught by some of a few seeds.
class PlantedFault : public testing::TestWithParam<std::pair<const char*, Planted>> {};

TEST_P(PlantedFault, IsCaught) {
  bool caught = false;
  for (std::uint64_t seed = 1; seed <= 30 && !caught; ++seed)
    caught = live(seed, GetParam().second) != "";
  EXPECT_TRUE(caught);
}

Planted planted(bool Planted::*what) {
  Planted made;
  made.*what = true;
  return made;
}

INSTANTIATE_TEST_SUITE_P(
    Faults, PlantedFault,
    testing::Values(std::pair("LyingDisk", planted(&Planted::lying_disk)),
                    std::pair("NoExchange", planted(&Planted::no_exchange)),
                    std::pair("NumbersAgain", planted(&Planted::numbers_again)),
                    std::pair("SummariesAreLost", planted(&Planted::forged_equal)),
                    std::pair("ForgedReceipts", planted(&Planted::forged_receipts)),
                    std::pair("DeafNode", planted(&Planted::deaf_node)),
                    std::pair("NoAnswers", planted(&Planted::no_answers))),
    [](const auto& info) { return std::string(info.param.first); });

}  // namespace
}  // namespace mort::simulation
