// Makes the tasks of a library, before there is anything they could run on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/task/task.hpp"
#include "parameters.hpp"

namespace mort::worker {

/// A task as its constructor left it.
struct MadeTask {
  std::unique_ptr<Task> task;
  std::vector<std::string> log;  ///< lines that the constructor has written
};

/// Calls a factory; its constructors can read `params`. Errors: kInvalid when a constructor throws.
Result<MadeTask> make_task(TaskRegistration::Factory factory, const Parameters& params);

}  // namespace mort::worker
