// task t sub=raw:m::A,filtered:m::A,plain:m::A,raw_site:m::A pub=out/2:m::A
// ignore unpublished-topic

#include "probe.hpp"
#include "topics.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    ports("t", {topics::kRaw, std::string(topics::kFiltered), topics::kPlain, topics::Site::kName},
          {topics::path("out", 2)});
  }
};
MORT_TASK(T);

}  // namespace m
