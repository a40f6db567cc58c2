// A message type, and a task whose Run() uses all the topics that ports() registers.
#pragma once

#include <mort/task/task.hpp>

namespace m {

struct A {
  std::int32_t x;
};

class Probe : public mort::Task {
 protected:
  void ports(std::string_view name, std::vector<std::string> sub, std::vector<std::string> pub = {},
             const mort::TaskOptions& options = {}) {
    RegTask(name, options);
    sub_ = sub;
    pub_ = std::move(pub);
    RegSub(sub_);
    RegPub(pub_);
  }
  void Run() override {
    for (const auto& topic : sub_) Take<A>(topic);
    for (const auto& topic : pub_) Publish(topic, A{});
  }
  std::vector<std::string> sub_, pub_;
};

}  // namespace m
