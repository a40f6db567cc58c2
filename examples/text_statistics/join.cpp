// F6: joins even (C6) and odd (C7) counts into the statistics of everything seen so far (C8).
#include <algorithm>

#include "mort/task/task.hpp"
#include "number_scanner.hpp"

namespace text_statistics {

class Join : public mort::Task {
 public:
  Join() {
    RegTask("F6", {.cpu = 1, .period = std::chrono::milliseconds(20)});
    RegSub({"C6", "C7"});
    RegPub({"C8"});
  }

  void Run() override {
    while (WaitTick()) {
      while (const auto counts = TryTake<Counts>("C6")) Add(*counts, statistics_.even);
      while (const auto counts = TryTake<Counts>("C7")) Add(*counts, statistics_.odd);
      Publish("C8", statistics_);
    }
  }

 private:
  void Add(const Counts& counts, std::uint64_t& parity) {
    for (const auto& [value, count] : counts.values) {
      statistics_.total += count;
      parity += count;
      RangeTotal(value) += count;
      Rank(value, seen_[value] += count);
    }
  }

  std::uint64_t& RangeTotal(const Value& value) {
    switch (range_of(value)) {
      case 0:
        return statistics_.below_100;
      case 1:
        return statistics_.from_100_to_199;
      default:
        return statistics_.from_200;
    }
  }

  /// Counts only grow, so a value can enter the first ten only when it is itself counted.
  void Rank(const Value& value, std::uint64_t count) {
    auto& top = statistics_.most_frequent;
    const auto known = std::find_if(top.begin(), top.end(),
                                    [&](const ValueCount& entry) { return entry.value == value; });
    if (known != top.end())
      known->count = count;
    else if (top.size() < 10 || Before({value, count}, top.back()))
      top.push_back({value, count});
    else
      return;
    std::sort(top.begin(), top.end(), Before);
    if (top.size() > 10) top.pop_back();
  }

  static bool Before(const ValueCount& a, const ValueCount& b) {
    return a.count != b.count ? a.count > b.count : ValueLess{}(a.value, b.value);
  }

  Statistics statistics_;
  ValueMap seen_;
};

MORT_TASK(Join);

}  // namespace text_statistics
