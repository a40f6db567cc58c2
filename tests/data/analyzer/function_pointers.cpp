// task plain sub=a:m::A,b/raw:m::A
// task raw sub=a/raw:m::A,b/raw:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

std::string plain(const std::string& topic) {
  return topic;
}
std::string raw(const std::string& topic) {
  return topic + "/raw";
}
using Namer = std::string (*)(const std::string&);
constexpr Namer kNamers[] = {plain, &raw};
class T : public Probe {
 public:
  explicit T(Namer namer) {
    ports(namer("t") == "t" ? "plain" : "raw", {namer("a"), kNamers[1]("b")});
  }
};
MORT_TASK(T, plain);
MORT_TASK(T, raw);

}  // namespace m
