// task reader1 sub=a:m::A
// task reader2 sub=b:m::B
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

template <class Message, int N>
class Reader : public mort::Task {
 public:
  explicit Reader(std::string topic) : topic_(topic) {
    RegTask("reader" + std::to_string(N));
    RegSub({topic_});
  }
  void Run() override {
    while (auto p = Take<Message>(topic_)) {
    }
  }

 private:
  const std::string topic_;
};

struct B {
  double y;
};

using R = Reader<B, 2>;
using S = Reader<A, 1>;
MORT_TASK(R, "b");
MORT_TASK(S, "a");

}  // namespace m
