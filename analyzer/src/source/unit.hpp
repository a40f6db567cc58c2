// What one source says, before the sources of a job are joined: plain data, without Clang.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/graph/task_graph.hpp"

namespace mort::analyzer {

struct PlacedClass {
  std::string name;
  graph::Place place;
  std::string meaning;  ///< a digest of its definition; empty where it has internal linkage
};

/// A topic of RegSub, RegFeedback or RegPub, as far as the source tells it.
struct ListedTopic {
  std::string topic;  ///< empty: not known
  graph::Place place;
  bool many = false;  ///< not known how many topics stand here
  /// Why the entry is not certain; what is reported unless the job declares it. A topic that has
  /// one is known, but may not be registered.
  std::optional<graph::Diagnostic> refusal;
  bool feedback = false;  ///< named in RegFeedback
};

/// A Take, TryTake or Publish.
struct TopicUse {
  bool takes = false;
  bool reached = true;  ///< false: in a method that nothing calls; it tells the type alone
  std::string call;     ///< its name
  std::string topic;    ///< empty: not known
  std::string type;     ///< empty: refused already
  graph::Place place;
  graph::Place topic_place;
  std::vector<std::string> notes;            ///< the calls that lead here
  std::optional<graph::Diagnostic> refusal;  ///< reported unless the job declares the topics
};

/// A task that MORT_TASK registers. What is not known has a refusal, which a declaration of the
/// job may answer.
struct RegisteredTask {
  std::string name;  ///< empty: not known
  std::string class_name;
  graph::Place place;         ///< of the RegTask call
  graph::Place registration;  ///< of MORT_TASK
  graph::TaskHints hints;
  std::vector<graph::Diagnostic> name_refusals;
  std::map<std::string, graph::Diagnostic>
      option_refusals;  ///< by option: cpu, period, stack_bytes
  std::vector<ListedTopic> sub;
  std::vector<ListedTopic> pub;
  std::vector<TopicUse> uses;
  bool body_seen = true;
  /// A Take, TryTake or Publish that was not followed, e.g. in a lambda that is stored.
  std::optional<graph::Place> hidden_use;
};

/// Tasks, message types and findings of one source.
struct Unit {
  std::vector<RegisteredTask> tasks;
  graph::TypeTable types;
  std::vector<graph::Diagnostic> diagnostics;
  std::vector<PlacedClass> task_classes;      ///< classes whose constructor calls RegTask
  std::set<std::string> constructed_classes;  ///< classes of registered tasks, with their bases
  /// Parameters of the job that were asked for while tasks were constructed; nothing: without
  /// value.
  std::map<std::string, std::optional<std::string>> params;
  /// USRs of what other sources of the job would have to define for more to be known.
  std::set<std::string> needs;
  std::set<std::string> defines;  ///< USRs of what the source defines for others
  /// A hash for each declaration outside of system headers and what it means.
  std::set<std::string> meanings;
  std::vector<std::string> files_read;
  std::vector<std::string> files_missing;  ///< looked for in vain; if one appears, all may change
};

/// For the cache and between processes. Errors of reading: kInvalid.
std::string to_json(const Unit& unit);
Result<Unit> unit_from_json(std::string_view text);

}  // namespace mort::analyzer
