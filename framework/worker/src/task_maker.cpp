#include "task_maker.hpp"

#include <exception>

namespace mort::worker {
namespace {

class Host final : public ConstructionHost {
 public:
  explicit Host(const Parameters& params) : params_(params) {}
  std::string param(std::string_view name) const override { return param_of(params_, name); }
  std::int64_t int_param(std::string_view name) const override {
    return int_param_of(params_, name);
  }
  void log(std::string_view text) const override { lines.emplace_back(text); }

  mutable std::vector<std::string> lines;

 private:
  const Parameters& params_;
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
    return MadeTask{std::move(task), std::move(host.lines)};
  } catch (const std::exception& e) {
    return refuse(e.what());
  } catch (...) {
    return refuse("an exception that is not a std::exception");
  }
}

}  // namespace mort::worker
