// task short sub=in_short:m::A
// ignore unpublished-topic

#include <stdexcept>

#include "probe.hpp"

namespace m {

const std::string& checked(const std::string& name) {
  if (name.empty() || name.size() > 20) throw std::length_error("name");
  return name;
}

class T : public Probe {
 public:
  explicit T(const std::string& n) { ports(checked(n), {checked("in_" + n)}); }
};
MORT_TASK(T, "short");

}  // namespace m
