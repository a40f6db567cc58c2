#include "mort/access/policy.hpp"

#include <fnmatch.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

namespace mort::access {
namespace {

constexpr std::size_t kMaxPolicyBytes = 1 << 20;

std::string describe(const Request& request) {
  const std::string who = "user " + request.user + " may not ";
  switch (request.action) {
    case Action::kSubmit:
      return who + "submit job " + request.job;
    case Action::kStop:
      return who + "stop job " + request.job;
    case Action::kSetRights:
      return who + "set rights";
    case Action::kPublish:
      return who + "publish topic " + request.topic + " in task " + request.task;
    case Action::kSubscribe:
      break;
  }
  return who + "subscribe to topic " + request.topic + " in task " + request.task;
}

/// Reads one policy document; the first mistake is kept.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  Result<std::vector<Rule>> read(const YAML::Node& root) {
    if (!root.IsMap() || root.size() != 1 || !root["rules"] || !root["rules"].IsSequence()) {
      return refuse(root, "a policy is a map with one key, `rules`, that holds a list");
    }
    std::vector<Rule> rules;
    for (const YAML::Node& node : root["rules"]) {
      MORT_TRY(rule, read_rule(node));
      rules.push_back(std::move(rule));
    }
    return rules;
  }

 private:
  tl::unexpected<Error> refuse(const YAML::Node& node, std::string message) const {
    const YAML::Mark mark = node.Mark();
    return fail(ErrorCode::kInvalid, std::move(message),
                file_ + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1),
                "write e.g. `- allow: {users: [ann], topics: [C1], actions: [publish], nodes: "
                "{zone: lab}}`");
  }

  Result<Rule> read_rule(const YAML::Node& node) const {
    if (!node.IsMap() || node.size() != 1)
      return refuse(node, "a rule is `allow: {...}` or `forbid: {...}`");
    const auto effect = node.begin()->first.as<std::string>();
    const YAML::Node body = node.begin()->second;
    if (effect != "allow" && effect != "forbid")
      return refuse(node, "unknown effect \"" + effect + "\"");
    if (!body.IsMap()) return refuse(body, "expected a map of conditions ({} for all)");
    Rule rule;
    rule.allow = effect == "allow";
    rule.line = node.Mark().line + 1;
    std::set<std::string> seen;
    for (const auto& entry : body) {
      const auto key = entry.first.as<std::string>();
      if (!seen.insert(key).second)
        return refuse(entry.first, "condition \"" + key + "\" is given twice");
      if (key == "users") {
        MORT_TRY_VOID(read_list(entry.second, rule.users));
      } else if (key == "actions") {
        MORT_TRY_VOID(read_actions(entry.second, rule.actions));
      } else if (key == "jobs") {
        MORT_TRY_VOID(read_list(entry.second, rule.jobs));
      } else if (key == "tasks") {
        MORT_TRY_VOID(read_list(entry.second, rule.tasks));
      } else if (key == "topics") {
        MORT_TRY_VOID(read_list(entry.second, rule.topics));
      } else if (key == "nodes") {
        MORT_TRY_VOID(read_labels(entry.second, rule.node_labels));
      } else
        return refuse(entry.first, "unknown condition \"" + key +
                                       "\"; known: users, actions, jobs, tasks, topics, nodes");
    }
    return rule;
  }

  Result<void> read_list(const YAML::Node& node, std::vector<std::string>& out) const {
    if (!node.IsSequence() || node.size() == 0)
      return refuse(node, "expected a list with at least one name or pattern");
    for (const YAML::Node& item : node) {
      if (!item.IsScalar()) return refuse(item, "expected a name or pattern");
      out.push_back(item.Scalar());
    }
    return {};
  }

  Result<void> read_actions(const YAML::Node& node, std::vector<std::string>& out) const {
    MORT_TRY_VOID(read_list(node, out));
    for (const std::string& action : out) {
      static const std::set<std::string> kKnown = {"submit", "stop", "set_rights", "publish",
                                                   "subscribe"};
      if (!kKnown.contains(action)) {
        return refuse(node, "unknown action \"" + action +
                                "\"; known: submit, stop, set_rights, publish, subscribe");
      }
    }
    return {};
  }

  Result<void> read_labels(const YAML::Node& node, std::map<std::string, std::string>& out) const {
    if (!node.IsMap()) return refuse(node, "expected node labels, as {zone: lab}");
    for (const auto& label : node) {
      if (!label.second.IsScalar()) return refuse(label.second, "expected the label's value");
      out[label.first.as<std::string>()] = label.second.Scalar();
    }
    return {};
  }

  const std::string file_;
};

}  // namespace

std::string_view to_string(Action action) {
  switch (action) {
    case Action::kSubmit:
      return "submit";
    case Action::kStop:
      return "stop";
    case Action::kSetRights:
      return "set_rights";
    case Action::kPublish:
      return "publish";
    case Action::kSubscribe:
      break;
  }
  return "subscribe";
}

Result<Policy> Policy::parse(std::string_view text, const std::string& file) {
  if (text.size() > kMaxPolicyBytes)
    return fail(ErrorCode::kInvalid, "the policy is larger than 1 MiB", file);
  try {
    MORT_TRY(rules, Reader(file).read(YAML::Load(std::string(text))));
    Policy policy;
    policy.rules_ = std::move(rules);
    policy.compile_all();
    return policy;
  } catch (const YAML::Exception& e) {
    return fail(
        ErrorCode::kInvalid, e.msg,
        file + ":" + std::to_string(e.mark.line + 1) + ":" + std::to_string(e.mark.column + 1),
        "mend the YAML syntax");
  }
}

std::vector<Policy::Pattern> Policy::compile(const std::vector<std::string>& texts) {
  std::vector<Pattern> patterns;
  for (const std::string& text : texts)
    patterns.push_back({text, text.find_first_of("*?[\\") == std::string::npos});
  return patterns;
}

void Policy::compile_all() {
  for (const Rule& rule : rules_) {
    const std::size_t place = compiled_.size();
    Compiled compiled{rule.allow,
                      rule.line,
                      compile(rule.users),
                      compile(rule.jobs),
                      compile(rule.tasks),
                      compile(rule.topics),
                      {}};
    for (const auto& [label, value] : rule.node_labels)
      compiled.labels.emplace_back(label, compile({value}).front());
    const bool names_users =
        !compiled.users.empty() && std::all_of(compiled.users.begin(), compiled.users.end(),
                                               [](const Pattern& user) { return user.is_name; });
    for (std::size_t action = 0; action < kActions; ++action) {
      const std::string name(to_string(static_cast<Action>(action)));
      if (!rule.actions.empty() &&
          std::find(rule.actions.begin(), rule.actions.end(), name) == rule.actions.end())
        continue;
      if (!names_users) {
        index_[action].of_any.push_back(place);
        continue;
      }
      for (const Pattern& user : compiled.users) {
        auto& places = index_[action].by_user[user.text];
        if (places.empty() || places.back() != place) places.push_back(place);
      }
    }
    compiled_.push_back(std::move(compiled));
  }
}

bool Policy::matches(const std::vector<Pattern>& patterns, const std::string& name) {
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(), [&](const Pattern& pattern) {
           return pattern.is_name ? pattern.text == name
                                  : fnmatch(pattern.text.c_str(), name.c_str(), 0) == 0;
         });
}

bool Policy::applies(const Compiled& rule, const Request& request) {
  return matches(rule.topics, request.topic) && matches(rule.tasks, request.task) &&
         matches(rule.jobs, request.job) && matches(rule.users, request.user) &&
         std::all_of(rule.labels.begin(), rule.labels.end(), [&](const auto& label) {
           const auto found = request.node_labels.find(label.first);
           return found != request.node_labels.end() && matches({label.second}, found->second);
         });
}

Decision Policy::decide(const Request& request) const {
  static const std::vector<std::size_t> kNone;
  const Index& index = index_[static_cast<std::size_t>(request.action)];
  const auto named = index.by_user.find(request.user);
  const std::vector<std::size_t>& of_user = named == index.by_user.end() ? kNone : named->second;
  const Compiled* allowing = nullptr;
  // Both lists are in the order of the rules.
  for (std::size_t a = 0, b = 0; a < of_user.size() || b < index.of_any.size();) {
    const bool first =
        b == index.of_any.size() || (a < of_user.size() && of_user[a] < index.of_any[b]);
    const Compiled& rule = compiled_[first ? of_user[a++] : index.of_any[b++]];
    if ((rule.allow && allowing != nullptr) || !applies(rule, request)) continue;
    if (!rule.allow)
      return {false,
              describe(request) + ": forbidden by the rule on line " + std::to_string(rule.line)};
    allowing = &rule;
  }
  if (allowing == nullptr) return {false, describe(request) + ": no rule allows it"};
  return {true, "allowed by the rule on line " + std::to_string(allowing->line)};
}

}  // namespace mort::access
