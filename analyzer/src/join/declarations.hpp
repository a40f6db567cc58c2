// `declares:` of the job YAML: answers for what the code leaves open, checked against what it says.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mort/graph/job.hpp"
#include "source/unit.hpp"

namespace mort::analyzer {

/// A task on its way into the graph.
struct OpenTask {
  graph::TaskDecl decl;
  std::vector<TopicUse> uses;
  std::vector<TopicUse> open_uses;  ///< of topics that the job declares; any of their type
  bool known = true;                ///< name, options and topics are
  bool sub_known = true;            ///< false: an entry of RegSub was refused
  bool pub_known = true;
  std::optional<graph::Place> hidden_use;  ///< of some topic, in a way that is not followed
  bool types_known = true;                 ///< false: which messages are used was refused
};

class Declarations {
 public:
  /// `job` may be null.
  Declarations(const graph::Job* job, const graph::TypeTable& types) : job_(job), types_(types) {}

  /// The task as code and declaration say it; what neither tells is reported.
  OpenTask apply(const RegisteredTask& task, std::vector<graph::Diagnostic>& found);
  /// Declarations of tasks that no source registers.
  void report_unused(std::vector<graph::Diagnostic>& found) const;

 private:
  const graph::Declaration* find(const RegisteredTask& task);

  const graph::Job* job_;
  const graph::TypeTable& types_;
  std::set<std::string> used_;
  std::set<std::string> named_by_place_;
};

}  // namespace mort::analyzer
