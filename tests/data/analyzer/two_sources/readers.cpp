#include <fstream>

#include "statistics.hpp"

namespace statistics {

using namespace std::chrono_literals;

class Reader : public mort::Task {
 public:
  explicit Reader(int number)
      : topic_(kPieces[number - 1]), parameter_("file" + std::to_string(number)) {
    RegTask("reader" + std::to_string(number), {.cpu = 1, .period = 20ms});
    RegPub({topic_});
  }
  void Run() override {
    std::ifstream file(Param(parameter_));
    for (std::string line; WaitTick() && std::getline(file, line);)
      Publish(topic_, Piece{{line.begin(), line.end()}});
  }

 private:
  std::string topic_;
  std::string parameter_;
};
MORT_TASK(Reader, 1);
MORT_TASK(Reader, 2);

}  // namespace statistics
