// at include/probe.hpp:24:44 error unknown-topic: which topic this Publish uses is not known before the program runs: `m::kElsewhere` has no value in this source
// note: `m::kElsewhere` has no value in this source
// note: `m::kElsewhere` is declared here
// note: it is joined to a text
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include "probe.hpp"

namespace m {

extern const std::string kElsewhere;
class T : public Probe {
 public:
  T() { ports("t", {"a"}, {kElsewhere + "/out"}); }
  //                       ^ error unknown-topic: topic 1 of RegPub is not known before the program runs: `m::kElsewhere` has no value in this source
  // note: `m::kElsewhere` has no value in this source
  // note: `m::kElsewhere` is declared here
  // note: it is joined to a text
  // note: in the call of `m::T::T`
  // note: in the call of `m::Probe::ports`
  // note: it is given to RegPub here
  // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
};
MORT_TASK(T);

}  // namespace m
