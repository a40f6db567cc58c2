#include "task_maker.hpp"

#include <exception>

#include "fork_guard.hpp"
#include "log_limit.hpp"

namespace mort::worker {
namespace {

class Host final : public ConstructionHost {
 public:
  explicit Host(const Parameters& params) : params_(params) {}
  std::string param(std::string_view name) const override { return param_of(params_, name); }
  std::int64_t int_param(std::string_view name) const override {
    return int_param_of(params_, name);
  }
  void log(std::string_view text) const override {
    if (limit_.take(Nanoseconds(0), text)) lines.emplace_back(text);
  }
  std::vector<std::string> take_lines() {
    if (limit_.dropped() > 0) lines.push_back(limit_.say_dropped());
    return std::move(lines);
  }

  mutable std::vector<std::string> lines;

 private:
  const Parameters& params_;
  mutable LogLimit limit_;  // time stands still in a constructor: what may be said at once
};

tl::unexpected<Error> refuse(const std::string& what) {
  return fail(ErrorCode::kInvalid, "a task's constructor threw: " + what, {},
              "constructors only register and read parameters; open files and devices in Run()");
}

}  // namespace

Result<MadeTask> make_task(TaskRegistration::Factory factory, const Parameters& params) {
  Host host(params);
  const ConstructionScope scope(host);
  try {
    auto task = factory();
    if (is_forked_child()) end_forked_child("returned from a task's constructor");
    return MadeTask{std::move(task), host.take_lines()};
  } catch (const std::exception& e) {
    return refuse(e.what());
  } catch (...) {
    return refuse("an exception that is not a std::exception");
  }
}

}  // namespace mort::worker
