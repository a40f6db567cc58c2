// What the report of a stack overflow needs to know of the thread it happens on.
#pragma once

#include <memory>

namespace mort::scheduler {

/// Gives the calling thread a signal stack, if overflows are to be reported.
class OverflowScope {
 public:
  OverflowScope();
  ~OverflowScope();
  OverflowScope(const OverflowScope&) = delete;
  OverflowScope& operator=(const OverflowScope&) = delete;

 private:
  std::unique_ptr<char[]> stack_;
};

}  // namespace mort::scheduler
