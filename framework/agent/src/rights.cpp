#include "rights.hpp"

namespace mort::agent {
namespace {

template <class Visit>
void each_port(const graph::Manifest& manifest, const std::map<std::string, std::string>& assign,
               Visit visit) {
  for (const auto& [task, node] : assign) {
    const graph::TaskDecl* decl = manifest.graph.find(task);
    if (decl == nullptr) {  // the follow task
      for (const std::string& topic : manifest.graph.result_topics())
        visit(task, node, topic, false);
      continue;
    }
    for (const graph::Port& port : decl->sub) visit(task, node, port.topic, false);
    for (const graph::Port& port : decl->pub) visit(task, node, port.topic, true);
  }
}

access::Action action_of(bool publish) {
  return publish ? access::Action::kPublish : access::Action::kSubscribe;
}

}  // namespace

Result<void> check_right(const Fleet& fleet, const access::Request& request) {
  const access::Decision decision = fleet.decide(request);
  if (decision.allowed) return {};
  return fail(ErrorCode::kDenied, decision.reason, {},
              "ask for the right, or see the policy with `mort rights show`");
}

Result<void> check_task_rights(const Fleet& fleet, const graph::Manifest& manifest,
                               const std::map<std::string, std::string>& assign,
                               const std::string& user) {
  Result<void> result;
  if (fleet.policy_text().empty()) return result;
  each_port(manifest, assign,
            [&](const std::string& task, const std::string& node, const std::string& topic,
                bool publish) {
              if (!result) return;
              result = check_right(fleet, {user, action_of(publish), manifest.job.name, task, topic,
                                           fleet.labels(node)});
            });
  return result;
}

std::set<worker::Denial> denials_on(const Fleet& fleet, const std::string& here,
                                    const graph::Manifest& manifest,
                                    const std::map<std::string, std::string>& assign,
                                    const std::string& user) {
  std::set<worker::Denial> denied;
  if (fleet.policy_text().empty()) return denied;
  each_port(manifest, assign,
            [&](const std::string& task, const std::string& node, const std::string& topic,
                bool publish) {
              if (node != here) return;
              const access::Request request{user,  action_of(publish), manifest.job.name, task,
                                            topic, fleet.labels(node)};
              if (!fleet.decide(request).allowed) denied.insert({task, topic, publish});
            });
  return denied;
}

}  // namespace mort::agent
