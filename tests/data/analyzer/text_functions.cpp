// task fleet sub=one:m::A pub=one2:m::A
// ignore unpublished-topic

#include <algorithm>
#include <stdexcept>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  explicit T(std::string_view path) {
    const auto at = path.find('/');
    std::string head(path.substr(0, at));
    std::string tail{path.substr(at + 1)};
    if (at == std::string_view::npos || tail.empty() || !head.starts_with("f"))
      throw std::invalid_argument("path");
    ports(head, {tail}, {std::max(head, tail) + "2"});
  }
};
MORT_TASK(T, "fleet/one");

}  // namespace m
