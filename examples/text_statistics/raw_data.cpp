// RawData1 -> C1, RawData2 -> C2: each streams its text file, one piece a tick.
#include <fstream>
#include <stdexcept>

#include "messages.hpp"
#include "mort/task/task.hpp"

namespace text_statistics {

class RawData : public mort::Task {
 public:
  RawData(std::string name, std::string topic, std::string file_param)
      : topic_(std::move(topic)), file_param_(std::move(file_param)) {
    RegTask(name, {.cpu = 1, .period = std::chrono::milliseconds(20)});
    RegPub({topic_});
  }

  void Run() override {
    const std::int64_t passes = IntParam("passes");  // 0: again and again
    for (std::int64_t pass = 0; passes == 0 || pass < passes; ++pass) {
      if (!StreamFile(static_cast<std::uint32_t>(pass))) return;
    }
  }

 private:
  bool StreamFile(std::uint32_t pass) {
    std::ifstream file(Param(file_param_), std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + Param(file_param_));
    const auto piece_bytes = static_cast<std::size_t>(IntParam("piece_bytes"));
    for (bool last = false; !last;) {
      if (!WaitTick()) return false;
      Piece piece;
      piece.pass = pass;
      piece.bytes.resize(piece_bytes);
      file.read(reinterpret_cast<char*>(piece.bytes.data()),
                static_cast<std::streamsize>(piece_bytes));
      piece.bytes.resize(static_cast<std::size_t>(file.gcount()));
      last = piece.last = file.peek() == std::ifstream::traits_type::eof();
      if (!Publish(topic_, std::move(piece))) return false;
    }
    return true;
  }

  const std::string topic_;
  const std::string file_param_;
};

MORT_TASK(RawData, "RawData1", "C1", "raw1");
MORT_TASK(RawData, "RawData2", "C2", "raw2");

}  // namespace text_statistics
