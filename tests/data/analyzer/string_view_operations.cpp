// at include/probe.hpp:19:12 error unknown-topic: the list of topics of RegSub is not known before the program runs: it may be changed by the call of `std::basic_string_view<char>::remove_prefix`
// note: it may be changed by the call of `std::basic_string_view<char>::remove_prefix`
// note: `at` is set to it
// note: this condition depends on it
// note: what is returned here depends on it
// note: it is returned from `m::split`
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: it may be changed by the call of `std::basic_string_view<char>::remove_prefix`
// note: it may be changed by the call of `std::basic_string_view<char>::remove_prefix`
// note: `at` is set to it
// note: this condition depends on it
// note: what is returned here depends on it
// note: it is returned from `m::split`
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include "probe.hpp"

namespace m {

using namespace std::string_view_literals;
using namespace std::string_literals;
std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> parts;
  while (true) {
    const auto at = text.find(by);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

class T : public Probe {
 public:
  T() {
    constexpr auto path = "plant/hall/cell"sv;
    ports("split"s + "ter", split("a,b,c", ','),
          {std::string(path.substr(path.rfind('/') + 1)), path.ends_with("cell") ? "yes"s : "no"s});
  }
};
MORT_TASK(T);

}  // namespace m
