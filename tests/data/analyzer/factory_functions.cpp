// task rich sub=rich/in:m::A,a:m::A,b:m::A
// task simple sub=simple/in:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  struct Config {
    std::string name;
    std::vector<std::string> topics;
    static Config of(const char* name) { return {name, {std::string(name) + "/in"}}; }
    Config with(std::string topic) && {
      topics.push_back(std::move(topic));
      return std::move(*this);
    }
  };
  explicit T(Config config) { ports(config.name, config.topics); }
};
MORT_TASK(T, T::Config::of("simple"));
MORT_TASK(T, T::Config::of("rich").with("a").with("b"));

}  // namespace m
