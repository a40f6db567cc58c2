// task filter1 cpu=2000 sub=pieces/1:statistics::Piece,pieces/2:statistics::Piece pub=counts/1:statistics::Counts
// task filter2 cpu=2000 sub=pieces/1:statistics::Piece,pieces/2:statistics::Piece pub=counts/2:statistics::Counts
// task reader1 cpu=1000 period=20000000 pub=pieces/1:statistics::Piece
// task reader2 cpu=1000 period=20000000 pub=pieces/2:statistics::Piece

#include "statistics.hpp"

namespace statistics {

class Filter : public mort::Task {
 public:
  explicit Filter(int number) : out_("counts/" + std::to_string(number)) {
    RegTask("filter" + std::to_string(number), {.cpu = 2});
    RegSub({std::begin(kPieces), std::end(kPieces)});
    RegPub({out_});
  }
  void Run() override {
    Counts counts;
    while (WaitData()) {
      for (const char* topic : kPieces) drain(topic, counts);
      Publish(out_, std::make_shared<const Counts>(std::move(counts)));
      counts = {};
    }
  }

 private:
  void drain(std::string_view topic, Counts& counts) {
    while (auto piece = TryTake<Piece>(topic)) {
      for (auto byte : piece->bytes) counts.values.push_back(byte);
    }
  }
  const std::string out_;
};
MORT_TASK(Filter, 1);
MORT_TASK(Filter, 2);

}  // namespace statistics
