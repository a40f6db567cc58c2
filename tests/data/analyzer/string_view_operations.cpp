// task splitter sub=a:m::A,b:m::A,c:m::A pub=cell:m::A,yes:m::A
// ignore unpublished-topic

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
