#include <algorithm>

#include "mort/analyzer/findings.hpp"

namespace mort::analyzer {

const std::vector<FindingCode>& finding_codes() {
  using enum Kind;
  static const std::vector<FindingCode> kCodes = {
      {"blocking-call", kWarning, "A call in a task's body blocks all tasks of its lane."},
      {"clang", kRefusal, "Clang refuses the source."},
      {"class-mismatch", kRefusal, "Two sources define one task class in two ways."},
      {"conditional-registration", kRefusal,
       "Whether something is registered depends on what is only known at run time."},
      {"constructor-throws", kRefusal, "The constructor of a task always throws."},
      {"crashed", kRefusal, "The parse of a source crashed, or ran out of memory."},
      {"cycle", kError, "Tasks feed each other in a circle."},
      {"declared-differs", kRefusal, "What the job YAML declares is not what the code says."},
      {"duplicate-port", kWarning, "A task publishes a topic twice."},
      {"duplicate-task", kError, "Two tasks have the same name."},
      {"ignored-flag", kWarning,
       "A compile flag that loads code, or reads flags from elsewhere, was not obeyed."},
      {"invalid-name", kRefusal, "A task or topic has a name that is not allowed."},
      {"invalid-option", kError, "An option of RegTask is out of range."},
      {"late-registration", kError, "Something is registered after the body has begun."},
      {"message-field", kRefusal, "A field of a message cannot be sent."},
      {"message-name", kRefusal, "A message type has no name that other sources can use."},
      {"message-type", kRefusal, "A type cannot be a message."},
      {"missing-body", kRefusal, "The body of a task is not in the source that registers it."},
      {"missing-regtask", kRefusal, "The constructor of a task does not call RegTask."},
      {"never-published", kWarning, "A task registers a topic and never publishes to it."},
      {"never-taken", kWarning, "A task subscribes to a topic and never takes from it."},
      {"repeated-regtask", kRefusal,
       "RegTask is called twice while one task is made, which throws."},
      {"repeated-topic", kError, "A task names a topic twice."},
      {"time-limit", kRefusal, "The parse of a source took too long."},
      {"too-complex", kRefusal, "The code of a task is too much to follow."},
      {"two-publishers", kError, "Two tasks publish one topic."},
      {"type-conflict", kError, "A task uses a topic as two message types."},
      {"type-mismatch", kError, "The two ends of a topic, or two sources, differ about a type."},
      {"unknown-name", kRefusal, "The name of a task is only known at run time."},
      {"unknown-option", kRefusal, "An option of RegTask is only known at run time."},
      {"unknown-registration", kRefusal, "What is registered cannot be followed."},
      {"unknown-topic", kRefusal, "A topic is only known at run time."},
      {"unpublished-topic", kWarning, "No task of the job publishes a topic that is read."},
      {"unregistered-class", kWarning, "A task class is offered by no MORT_TASK."},
      {"unregistered-topic", kError, "A task uses a topic that it does not register."},
      {"untyped-topic", kRefusal, "No use of a topic tells its message type."},
  };
  return kCodes;
}

const FindingCode* find_code(std::string_view code) {
  const auto& all = finding_codes();
  const auto found = std::lower_bound(
      all.begin(), all.end(), code,
      [](const FindingCode& known, std::string_view wanted) { return known.code < wanted; });
  return found != all.end() && found->code == code ? &*found : nullptr;
}

}  // namespace mort::analyzer
