// task t sub=before:m::A,after:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::string text = "before";
    const std::string kept(std::string_view{text});
    text = "after";
    std::string_view view = text;
    ports("t", {kept, std::string(view)});
  }
};
MORT_TASK(T);

}  // namespace m
