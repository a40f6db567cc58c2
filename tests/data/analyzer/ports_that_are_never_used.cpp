// task reader sub=a:m::A,b:m::A
// task source pub=a:m::A,b:m::A

#include "probe.hpp"

namespace m {

class Source : public mort::Task {
 public:
  Source() {
    RegTask("source");
    RegPub({"a", "b"});
    //           ^ warning never-published: task "source" registers topic "b" but never publishes to it
  }
  void Run() override { Publish("a", A{}); }
};
MORT_TASK(Source);

class Reader : public mort::Task {
 public:
  Reader() {
    RegTask("reader");
    RegSub({"a", "b"});
    //      ^ warning never-taken: task "reader" subscribes to topic "a" but never takes from it
    // note: cure: use the topic in Run(), or do not register it
  }
  void Run() override { Take<A>("b"); }
};
MORT_TASK(Reader);

}  // namespace m
