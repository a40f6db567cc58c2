#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "fork_guard.hpp"
#include "mort/worker/worker.hpp"

namespace mort::worker {
namespace {

std::string join(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "nothing" : text;
}

std::set<std::string> topics_of(const std::vector<graph::Port>& ports) {
  std::set<std::string> topics;
  for (const graph::Port& port : ports) topics.insert(port.topic);
  return topics;
}

tl::unexpected<Error> differs(std::string what) {
  return fail(ErrorCode::kInvalid,
              "the task library is not what the analysed graph says: " + std::move(what), {},
              "build the job again from the sources that are in use; registrations must not depend "
              "on the machine");
}

}  // namespace

Result<void> compare(const graph::TaskGraph& graph,
                     const std::vector<Registration>& registrations) {
  std::set<std::string> seen;
  for (const Registration& registration : registrations) {
    if (!seen.insert(registration.name).second)
      return differs("task " + registration.name + " is registered twice");
    const graph::TaskDecl* decl = graph.find(registration.name);
    if (decl == nullptr) return differs("task \"" + registration.name + "\" is not in the graph");
    const std::set<std::string> sub(registration.sub.begin(), registration.sub.end());
    const std::set<std::string> pub(registration.pub.begin(), registration.pub.end());
    if (sub != topics_of(decl->sub)) {
      return differs("task " + registration.name + " subscribes to " + join(sub) +
                     ", the graph says " + join(topics_of(decl->sub)));
    }
    for (const std::string& topic : registration.feedback) {
      if (graph::is_feedback(*decl, topic)) continue;
      return differs("task " + registration.name + " reads " + topic +
                     " as feedback, which the graph does not say; a topic that is declared under "
                     "`declares:` is said to be feedback under `tasks:`, too");
    }
    if (pub != topics_of(decl->pub)) {
      return differs("task " + registration.name + " publishes " + join(pub) + ", the graph says " +
                     join(topics_of(decl->pub)));
    }
    const auto same = [](const std::optional<std::int64_t>& hint, std::int64_t registered) {
      return hint.value_or(0) == registered;
    };
    if (!same(decl->hints.cpu_millis, std::llround(registration.cpu * 1000)) ||
        !same(decl->hints.period_ns, registration.period.count()) ||
        !same(decl->hints.stack_bytes, registration.stack_bytes)) {
      return differs("the options of task " + registration.name +
                     " are others than the graph says");
    }
  }
  for (const graph::TaskDecl& decl : graph.tasks) {
    if (!seen.contains(decl.name))
      return differs("task " + decl.name + " of the graph is not in the library");
  }
  return {};
}

Result<std::vector<TaskRegistration::Factory>> load_library(const std::string& path) {
  const std::size_t before = task_factories().size();
  // Never closed: objects and code of the library live as long as the process.
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) {
    const char* reason = dlerror();
    return fail(ErrorCode::kInvalid,
                std::string("cannot load the task library: ") + (reason ? reason : "unknown"), {},
                "build the job on this architecture; libraries beside libmort must be installed on "
                "every node");
  }
  if (is_forked_child()) end_forked_child("came back from loading the task library");
  return std::vector(task_factories().begin() + static_cast<std::ptrdiff_t>(before),
                     task_factories().end());
}

}  // namespace mort::worker
