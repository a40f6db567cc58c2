// task t sub=hall/9:m::A pub=hall/3:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

namespace {
std::string level3(std::string_view site, int n) {
  return std::string(site) + "/" + std::to_string(n);
}
std::string level2(const std::string& site, int n) {
  return level3(site, n + 1);
}
std::string level1(const char* site, int n = 4) {
  return level2(site, n * 2);
}
}  // namespace
class T : public Probe {
 public:
  explicit T(const char* site) { ports("t", {level1(site)}, {level1(site, 1)}); }
};
MORT_TASK(T, "hall");

}  // namespace m
