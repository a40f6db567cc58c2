// at include/probe.hpp:19:12 error unknown-topic: the list of topics of RegSub is not known before the program runs: values of type `std::span<const std::string>` are not followed
// note: values of type `std::span<const std::string>` are not followed
// note: it is passed as parameter `names` of `m::numbered`
// note: how often this loop runs depends on it
// note: it may be changed here
// note: it is returned from `m::numbered`
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:20:12 error unknown-topic: the list of topics of RegPub is not known before the program runs: values of type `std::span<remove_reference_t<ranges::range_reference_t<const vector<basic_string<char>> &>>>` are not followed
// note: values of type `std::span<remove_reference_t<ranges::range_reference_t<const vector<basic_string<char>> &>>>` are not followed
// note: it is passed as parameter `names` of `m::numbered`
// note: how often this loop runs depends on it
// note: it may be changed here
// note: it is returned from `m::numbered`
// note: it is passed as parameter `pub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: values of type `std::span<const std::string>` are not followed
// note: values of type `std::span<const std::string>` are not followed
// note: it is passed as parameter `names` of `m::numbered`
// note: how often this loop runs depends on it
// note: it may be changed here
// note: it is returned from `m::numbered`
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets
// at include/probe.hpp:24:44 error unknown-topic: which topic this Publish uses is not known before the program runs: values of type `std::span<remove_reference_t<ranges::range_reference_t<const vector<basic_string<char>> &>>>` are not followed
// note: values of type `std::span<remove_reference_t<ranges::range_reference_t<const vector<basic_string<char>> &>>>` are not followed
// note: it is passed as parameter `names` of `m::numbered`
// note: how often this loop runs depends on it
// note: it may be changed here
// note: it is returned from `m::numbered`
// note: it is passed as parameter `pub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include <span>

#include "probe.hpp"

namespace m {

std::vector<std::string> numbered(std::span<const std::string> names) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < names.size(); ++i) out.push_back(names[i] + std::to_string(i));
  return out;
}

class T : public Probe {
 public:
  T() {
    const std::vector<std::string> all{"a", "b", "c"};
    ports("t", numbered(all), numbered(std::span(all).first(2).subspan(1)));
  }
};
MORT_TASK(T);

}  // namespace m
