#include "join/declarations.hpp"

#include <algorithm>

namespace mort::analyzer {

namespace {

using graph::Declaration;
using graph::DeclaredPort;
using graph::Diagnostic;

constexpr const char* kCure =
    "cure: correct `declares:` of the job YAML, or the code; where the code is clear nothing needs "
    "to be declared";

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

void differs(const std::string& what, const graph::Place& declared, const graph::Place& code,
             const std::string& code_says, std::vector<Diagnostic>& found) {
  found.push_back({"error",
                   "declared-differs",
                   what,
                   declared,
                   {graph::to_string(code) + ": " + code_says, kCure}});
}

/// Can `declared` be what `listed` stands for?
bool fits(const std::vector<ListedTopic>& listed, const std::vector<DeclaredPort>& declared) {
  // possible[j]: the entries so far can stand for the first j declared topics.
  std::vector<bool> possible(declared.size() + 1);
  possible[0] = true;
  for (const ListedTopic& entry : listed) {
    const bool may_be_none = entry.many || (!entry.topic.empty() && entry.refusal);
    std::vector<bool> next(possible.size());
    for (std::size_t j = 0; j < possible.size(); ++j) {
      if (possible[j] && may_be_none) next[j] = true;
      if (j == 0) continue;
      const bool one = entry.topic.empty() || entry.topic == declared[j - 1].topic;
      if (one && (possible[j - 1] || (entry.many && next[j - 1]))) next[j] = true;
    }
    possible = std::move(next);
  }
  return possible.back();
}

std::string text_of(const std::vector<ListedTopic>& listed) {
  std::string text;
  for (const ListedTopic& entry : listed) {
    text += text.empty() ? "" : ", ";
    text += entry.topic.empty() ? (entry.many ? "..." : "?") : entry.topic;
  }
  return text.empty() ? "no topics" : text;
}

/// The topics of one direction; false when some are open and not declared.
bool resolve(const RegisteredTask& task, const std::string& call,
             const std::vector<ListedTopic>& listed, const std::vector<DeclaredPort>* declared,
             const graph::Place& declaration, const graph::TypeTable& types,
             const std::vector<std::string>& feedback, std::vector<graph::Port>& ports,
             std::vector<Diagnostic>& found) {
  bool known = true;
  const auto is_feedback = [&](const std::string& topic) {
    return std::find(feedback.begin(), feedback.end(), topic) != feedback.end();
  };
  if (declared != nullptr) {
    if (!fits(listed, *declared)) {
      differs("what is declared of " + call + " of task " + quoted(task.name) +
                  " is not what the code says",
              declaration, listed.empty() ? task.place : listed[0].place,
              "here " + call + " names " + text_of(listed), found);
      known = false;
    }
    for (const DeclaredPort& port : *declared) {
      if (!port.type.empty() && types.structs.count(port.type) == 0) {
        found.push_back({"error",
                         "declared-differs",
                         "`" + port.type +
                             "` is declared as a message type, but no source uses "
                             "one of that name",
                         port.place,
                         {kCure}});
        known = false;
      }
      const auto in_code = std::find_if(listed.begin(), listed.end(), [&](const auto& entry) {
        return entry.topic == port.topic;
      });
      ports.push_back({port.topic, port.type, in_code != listed.end() ? in_code->place : port.place,
                       (in_code != listed.end() && in_code->feedback) || is_feedback(port.topic)});
    }
    return known;
  }
  for (const ListedTopic& entry : listed) {
    if (entry.refusal) {
      found.push_back(*entry.refusal);
      known = false;
      continue;
    }
    const auto twin = std::find_if(ports.begin(), ports.end(), [&](const graph::Port& port) {
      return port.topic == entry.topic;
    });
    if (twin != ports.end()) {
      found.push_back({"error",
                       "repeated-topic",
                       "task " + quoted(task.name) + " names topic " + quoted(entry.topic) +
                           " twice in " + call,
                       entry.place,
                       {graph::to_string(twin->place) + ": it is named here first",
                        "cure: name each topic once"}});
      continue;
    }
    ports.push_back({entry.topic, "", entry.place, entry.feedback || is_feedback(entry.topic)});
  }
  return known;
}

}  // namespace

const Declaration* Declarations::find(const RegisteredTask& task) {
  if (job_ == nullptr) return nullptr;
  const std::string place = task.registration.file + ":" + std::to_string(task.registration.line);
  for (const std::string& key : {task.name, place}) {
    const auto found = job_->declares.find(key);
    if (key.empty() || found == job_->declares.end()) continue;
    used_.insert(key);
    return &found->second;
  }
  return nullptr;
}

OpenTask Declarations::apply(const RegisteredTask& task, std::vector<Diagnostic>& found) {
  OpenTask open;
  const Declaration* declared = find(task);
  open.hidden_use = task.hidden_use;
  graph::TaskDecl& decl = open.decl;
  decl.class_name = task.class_name;
  decl.place = task.place;
  decl.hints = task.hints;
  decl.name = task.name;
  if (declared != nullptr && job_->declares.count(task.name) == 0) {
    // Two tasks may be registered on one line, by a macro.
    const std::string key = task.registration.file + ":" + std::to_string(task.registration.line);
    if (!named_by_place_.insert(key).second)
      differs("two tasks are registered at " + key + ", which is declared once", declared->place,
              task.registration, "the second one is here", found);
  }
  if (declared != nullptr && decl.name.empty()) {
    decl.name = declared->name;
  } else if (declared != nullptr && declared->name != decl.name) {
    differs("a task is declared to be " + quoted(declared->name), declared->place, task.place,
            "here it is named " + quoted(decl.name), found);
    open.known = false;
  }
  if (declared == nullptr && !task.name_refusals.empty()) {
    found.insert(found.end(), task.name_refusals.begin(), task.name_refusals.end());
    open.known = false;
  }

  const auto option = [&](const char* name, std::optional<std::int64_t>& hint,
                          std::optional<std::int64_t> Declaration::*member) {
    const auto refusal = task.option_refusals.find(name);
    const bool is_open = refusal != task.option_refusals.end();
    const std::optional<std::int64_t> value =
        declared != nullptr ? declared->*member : std::nullopt;
    if (value && !is_open && hint.value_or(0) != *value) {
      differs("option " + std::string(name) + " of task " + quoted(decl.name) +
                  " is declared to be another one than in the code",
              declared->place, task.place, "here the code says it", found);
      open.known = false;
    } else if (value) {
      hint = value;
    } else if (is_open) {
      found.push_back(refusal->second);
      open.known = false;
    }
  };
  option("cpu", decl.hints.cpu_millis, &Declaration::cpu_millis);
  option("period", decl.hints.period_ns, &Declaration::period_ns);
  option("stack_bytes", decl.hints.stack_bytes, &Declaration::stack_bytes);

  RegisteredTask named = task;
  named.name = decl.name;
  std::vector<std::string> feedback;
  if (job_ != nullptr) {
    if (const auto settings = job_->tasks.find(decl.name); settings != job_->tasks.end())
      feedback = settings->second.feedback;
  }
  const auto ports = [&](const auto member, const char* call,
                         const std::vector<ListedTopic>& listed, std::vector<graph::Port>& into) {
    const auto* list = declared != nullptr && (declared->*member) ? &*(declared->*member) : nullptr;
    return resolve(named, call, listed, list,
                   declared != nullptr ? declared->place : graph::Place{}, types_,
                   &into == &decl.sub ? feedback : std::vector<std::string>{}, into, found);
  };
  open.sub_known = ports(&Declaration::sub, "RegSub", task.sub, decl.sub);
  open.pub_known = ports(&Declaration::pub, "RegPub", task.pub, decl.pub);
  open.known = open.known && open.sub_known && open.pub_known;

  open.types_known = task.body_seen;
  for (const TopicUse& use : task.uses) {
    if (use.refusal) {
      const auto& into = use.takes ? decl.sub : decl.pub;
      const bool declares_types = declared != nullptr &&
                                  (use.takes ? declared->sub : declared->pub).has_value() &&
                                  std::all_of(into.begin(), into.end(),
                                              [](const auto& port) { return !port.type.empty(); });
      const bool answered =
          declares_types && std::any_of(into.begin(), into.end(), [&](const graph::Port& port) {
            return port.type == use.type;
          });
      if (answered) {
        open.open_uses.push_back(use);
      } else {
        found.push_back(*use.refusal);
        open.types_known = false;
      }
      continue;
    }
    if (use.type.empty()) open.known = open.types_known = false;  // refused already
    open.uses.push_back(use);
  }
  return open;
}

void Declarations::report_unused(std::vector<Diagnostic>& found) const {
  if (job_ == nullptr) return;
  for (const auto& [key, declaration] : job_->declares) {
    if (used_.count(key) != 0) continue;
    found.push_back({"error",
                     "declared-differs",
                     "no source registers a task " + quoted(key) + ", which is declared here",
                     declaration.place,
                     {"cure: declare a task by its name, or by the place of its MORT_TASK as "
                      "file.cpp:line; or drop the entry"}});
  }
}

}  // namespace mort::analyzer
