#include "join/message_uses.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace mort::analyzer {

namespace {

using graph::Diagnostic;

std::string names_of(const std::vector<graph::Port>& ports) {
  std::string names;
  for (const auto& port : ports) names += (names.empty() ? "" : ", ") + port.topic;
  return names.empty() ? "none" : names;
}

void report_unregistered(const OpenTask& task, const TopicUse& use,
                         std::vector<Diagnostic>& found) {
  const std::string list = use.takes ? "RegSub" : "RegPub";
  Diagnostic one{"error", "unregistered-topic",
                 use.call + " uses topic \"" + use.topic + "\", which task \"" + task.decl.name +
                     "\" does not register; " + list + " names " +
                     names_of(use.takes ? task.decl.sub : task.decl.pub),
                 use.topic_place, use.notes};
  one.notes.push_back("cure: add \"" + use.topic + "\" to " + list +
                      ", or use a topic that is in it");
  found.push_back(std::move(one));
}

}  // namespace

void type_ports(OpenTask& task, std::vector<Diagnostic>& found) {
  std::map<const graph::Port*, const TopicUse*> first;
  for (const TopicUse& use : task.uses) {
    auto& ports = use.takes ? task.decl.sub : task.decl.pub;
    const auto port = std::find_if(ports.begin(), ports.end(), [&](const graph::Port& known) {
      return known.topic == use.topic;
    });
    if (port == ports.end()) {
      if (use.reached && (use.takes ? task.sub_known : task.pub_known))
        report_unregistered(task, use, found);
      continue;
    }
    if (use.type.empty()) continue;
    const auto [at, is_first] = first.try_emplace(&*port, &use);
    if (is_first && port->type.empty()) port->type = use.type;
    if (port->type == use.type) continue;
    const bool declared = is_first;
    found.push_back(
        {"error",
         declared ? "declared-differs" : "type-conflict",
         "topic \"" + use.topic + "\" is used as `" + use.type + "` here and " +
             (declared ? "declared as `" : "as `") + port->type +
             (declared ? "` in the job YAML" : "` elsewhere in task \"" + task.decl.name + "\""),
         use.place,
         {declared
              ? graph::to_string(port->place) + ": it is declared here"
              : graph::to_string(at->second->place) + ": it is used as `" + port->type + "` here",
          "cure: use one message type for each topic"}});
  }
}

void type_silent_ports(std::vector<OpenTask>& tasks, std::vector<Diagnostic>& found) {
  std::map<std::string, std::string> types;  // of topics that any task uses
  for (const OpenTask& task : tasks) {
    for (const auto* ports : {&task.decl.pub, &task.decl.sub}) {
      for (const graph::Port& port : *ports) {
        if (!port.type.empty()) types.try_emplace(port.topic, port.type);
      }
    }
  }
  const auto look_at = [&](OpenTask& task, std::vector<graph::Port>& ports, bool takes) {
    for (graph::Port& port : ports) {
      const bool used =
          std::any_of(
              task.uses.begin(), task.uses.end(),
              [&](const TopicUse& use) { return use.takes == takes && use.topic == port.topic; }) ||
          std::any_of(task.open_uses.begin(), task.open_uses.end(), [&](const TopicUse& use) {
            return use.takes == takes && use.type == port.type;
          });
      if (used || !task.types_known) continue;
      const bool typed = !port.type.empty();  // declared
      const auto type = types.find(port.topic);
      const std::string calls = takes ? "Take<T>(\"" + port.topic + "\") or TryTake"
                                      : "Publish(\"" + port.topic + "\", ...)";
      if (task.hidden_use && !typed) {
        found.push_back(
            {"error",
             "untyped-topic",
             "whether task \"" + task.decl.name + "\" uses " + port.topic +
                 ", and as which type, is not known",
             port.place,
             {graph::to_string(*task.hidden_use) + ": this use is not followed",
              "cure: call it in a method, not in a lambda that is stored, or declare the "
              "topic's type in the job YAML under `declares:`"}});
        task.known = false;
      } else if (typed || type != types.end()) {
        if (!typed) port.type = type->second;
        found.push_back(
            {"warning",
             takes ? "never-taken" : "never-published",
             "task \"" + task.decl.name + "\" " +
                 (takes ? "subscribes to topic \"" + port.topic + "\" but never takes from it"
                        : "registers topic \"" + port.topic + "\" but never publishes to it"),
             port.place,
             {std::string("cure: use the topic in Run(), or do not register it") +
              (takes ? ": its messages cross the network for nothing" : "")}});
      } else {
        found.push_back({"error",
                         "untyped-topic",
                         "no " + calls + " found in task \"" + task.decl.name +
                             "\", so the message type of " + port.topic + " is unknown",
                         port.place,
                         {"cure: use the topic in Run(), do not register it, or declare its type "
                          "in the job YAML under `declares:`"}});
        task.known = false;
      }
    }
  };
  for (OpenTask& task : tasks) {
    if (!task.known) continue;
    look_at(task, task.decl.sub, true);
    look_at(task, task.decl.pub, false);
  }
}

}  // namespace mort::analyzer
