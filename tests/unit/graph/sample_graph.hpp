// The text-statistics job as a task graph, for tests.
#pragma once

#include "mort/graph/task_graph.hpp"

namespace mort::graph {

inline TaskDecl sample_task(const std::string& name, const std::vector<std::string>& sub,
                            const std::vector<std::string>& pub, int line = 1) {
  TaskDecl task;
  task.name = name;
  task.class_name = "demo::" + name;
  task.place = {name + ".cpp", line, 3};
  for (const std::string& topic : sub)
    task.sub.push_back({topic, "demo::Piece", {name + ".cpp", line + 1, 10}});
  for (const std::string& topic : pub)
    task.pub.push_back({topic, "demo::Piece", {name + ".cpp", line + 2, 10}});
  return task;
}

inline TaskGraph sample_graph() {
  TaskGraph graph;
  graph.tasks = {sample_task("F1", {"C1", "C2"}, {"C3"}),
                 sample_task("F2", {"C1", "C2"}, {"C4"}),
                 sample_task("F3", {"C1", "C2"}, {"C5"}),
                 sample_task("F4", {"C3", "C4", "C5"}, {"C6"}),
                 sample_task("F5", {"C3", "C4", "C5"}, {"C7"}),
                 sample_task("F6", {"C6", "C7"}, {"C8"}),
                 sample_task("RawData1", {}, {"C1"})};
  graph.tasks[6].hints = {1000, 20'000'000, 512 * 1024};
  graph.types.structs["demo::Piece"] = {{{"text", "string"}, {"parts", "sequence<demo::Part>"}}};
  graph.types.structs["demo::Part"] = {{{"kind", "demo::Kind"},
                                        {"grid", "array<array<double,3>,4>"},
                                        {"gains", "map<string,optional<demo::Flags>>"},
                                        {"age", "duration"},
                                        {"at", "time_point"}}};
  graph.types.enums["demo::Kind"] = {{{"kEven", 0}, {"kOdd", -1}}};
  graph.types.enums["demo::Flags"] = {{{"kServo", 1}, {"kGripper", 2}}, "uint8"};
  return graph;
}

}  // namespace mort::graph
