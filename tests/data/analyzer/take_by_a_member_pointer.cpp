// task source pub=a:m::A

#include "probe.hpp"

namespace m {

struct Other {
  double y;
};

class Source : public Probe {
 public:
  Source() { ports("source", {}, {"a"}); }
};
MORT_TASK(Source);

class Reader : public mort::Task {
 public:
  Reader() {
    RegTask("reader");
    RegSub({"a"});
    //      ^ error untyped-topic: whether task "reader" uses a, and as which type, is not known
    // note: this use is not followed
  }
  void Run() override {
    auto take = &Reader::TryTake<Other>;
    (this->*take)("a");
  }
};
MORT_TASK(Reader);

}  // namespace m
