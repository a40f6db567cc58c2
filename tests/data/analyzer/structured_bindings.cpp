// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: values of type `std::tuple<const char *, std::string, int>` are not followed
// note: values of type `std::tuple<const char *, std::string, int>` are not followed
// note: it is returned from `m::triple`
// note: `` is set to it
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets
// at include/probe.hpp:24:44 error unknown-topic: which topic this Publish uses is not known before the program runs: members of this type are not followed
// note: members of this type are not followed
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include <array>
#include <tuple>

#include "probe.hpp"

namespace m {

struct Names {
  std::string in, out;
};

std::pair<std::string, int> numbered() {
  return {"t", 5};
}
std::tuple<const char*, std::string, int> triple() {
  return {"x", "y", 7};
}
class T : public Probe {
 public:
  T() {
    auto [name, number] = numbered();
    number += 1;
    const auto [a, b, c] = triple();
    Names names{"in", "out"};
    auto& [in, out] = names;
    in += "1";
    std::array<std::string, 2> two{"p", "q"};
    auto [p, q] = two;
    two[0] = "changed";
    ports(name + std::to_string(number), {names.in, a, b + std::to_string(c)}, {out, p, q});
    //                                              ^ error unknown-topic: topic 2 of RegSub is not known before the program runs: values of type `std::tuple<const char *, std::string, int>` are not followed
    // note: values of type `std::tuple<const char *, std::string, int>` are not followed
    // note: it is returned from `m::triple`
    // note: `` is set to it
    // note: in the call of `m::T::T`
    // note: in the call of `m::Probe::ports`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
    //                                                 ^ error unknown-topic: topic 3 of RegSub is not known before the program runs: values of type `std::tuple<const char *, std::string, int>` are not followed
    // note: values of type `std::tuple<const char *, std::string, int>` are not followed
    // note: it is returned from `m::triple`
    // note: `` is set to it
    // note: it is joined to a text
    // note: in the call of `m::T::T`
    // note: in the call of `m::Probe::ports`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
    //                                                                               ^ error unknown-topic: topic 2 of RegPub is not known before the program runs: members of this type are not followed
    // note: members of this type are not followed
    // note: in the call of `m::T::T`
    // note: in the call of `m::Probe::ports`
    // note: it is given to RegPub here
    // note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
    //                                                                                  ^ error unknown-topic: topic 3 of RegPub is not known before the program runs: members of this type are not followed
    // note: members of this type are not followed
    // note: in the call of `m::T::T`
    // note: in the call of `m::Probe::ports`
    // note: it is given to RegPub here
    // note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
  }
};
MORT_TASK(T);

}  // namespace m
