// Attribute-based access control (NIST SP 800-162): who may do what with which task and topic on
// which node.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mort/base/result.hpp"

namespace mort::access {

enum class Action { kSubmit, kStop, kSetRights, kPublish, kSubscribe };
std::string_view to_string(Action action);

/// What is asked.
struct Request {
  std::string user;
  Action action = Action::kSubmit;
  std::string job;
  std::string task;                                ///< of kPublish and kSubscribe
  std::string topic;                               ///< of kPublish and kSubscribe
  std::map<std::string, std::string> node_labels;  ///< of the node where the task runs
};

/// One rule; an empty list matches everything. Names are shell patterns ("F*").
struct Rule {
  bool allow = false;
  std::vector<std::string> users;
  std::vector<std::string> actions;
  std::vector<std::string> jobs;
  std::vector<std::string> tasks;
  std::vector<std::string> topics;
  std::map<std::string, std::string> node_labels;
  int line = 0;  ///< in the policy text
};

struct Decision {
  bool allowed = false;
  std::string reason;
};

/// The rules in force. Once there is a policy, what no rule allows is denied, and a forbid beats an
/// allow.
class Policy {
 public:
  /// `text` is YAML (or JSON):
  ///   rules:
  ///     - allow: {users: [ann], actions: [submit]}
  ///     - forbid: {topics: ["cam/*"], nodes: {zone: public}}
  /// Errors: kInvalid with file:line:column.
  static Result<Policy> parse(std::string_view text, const std::string& file);

  /// The first rule that forbids it, else the first that allows it.
  /// Cost: see tests/benchmark, `Decision`; it grows with the rules that name the user, or any.
  Decision decide(const Request& request) const;
  const std::vector<Rule>& rules() const { return rules_; }

 private:
  /// A name, or a shell pattern.
  struct Pattern {
    std::string text;
    bool is_name = false;
  };
  /// A rule as it is asked.
  struct Compiled {
    bool allow = false;
    int line = 0;
    std::vector<Pattern> users;
    std::vector<Pattern> jobs;
    std::vector<Pattern> tasks;
    std::vector<Pattern> topics;
    std::vector<std::pair<std::string, Pattern>> labels;
  };
  /// Rules of one action, by their place in `compiled_`.
  struct Index {
    std::map<std::string, std::vector<std::size_t>, std::less<>> by_user;  ///< that name users
    std::vector<std::size_t> of_any;  ///< with patterns of users, or none
  };
  static constexpr std::size_t kActions = 5;

  static std::vector<Pattern> compile(const std::vector<std::string>& texts);
  static bool matches(const std::vector<Pattern>& patterns, const std::string& name);
  static bool applies(const Compiled& rule, const Request& request);
  void compile_all();

  std::vector<Rule> rules_;
  std::vector<Compiled> compiled_;
  std::array<Index, kActions> index_;
};

}  // namespace mort::access
