// task t3 sub=a_b:m::A,p1:m::A,p2:m::A pub=u:m::A,v:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

std::string join(const std::string& a, const std::string& b) {
  return a + "_" + b;
}
void add(std::vector<std::string>& to, std::string what) {
  to.push_back(std::move(what));
}
class T : public Probe {
 public:
  T() {
    std::vector<std::string> sub;
    add(sub, join("a", "b"));
    auto prefixed = [&sub, p = std::string("p")](const std::string& n) {
      sub.push_back(p + n);
      return sub.size();
    };
    prefixed("1");
    const auto n = prefixed("2");
    ports(named(n), sub, list());
  }

 private:
  std::string named(std::size_t n) const { return "t" + std::to_string(n); }
  static std::vector<std::string> list() { return {"u", "v"}; }
};
MORT_TASK(T);

}  // namespace m
