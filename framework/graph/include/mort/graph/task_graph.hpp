// The task graph as the analyzer reads it from the source: plain data and its JSON form.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mort/base/result.hpp"

namespace mort::graph {

/// A place in a source file; line and column count from 1, 0 = unknown.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

/// "file:line:column", shortened where parts are unknown.
std::string to_string(const Place& place);

/// One topic that a task subscribes to or publishes.
struct Port {
  std::string topic;
  std::string type;  ///< qualified C++ name of the message struct, e.g. "text_statistics::Piece"
  Place place;       ///< where the topic is named
  /// Of a subscription: it closes a loop. It orders nothing, and the task ends without it.
  bool feedback = false;
};

/// What RegTask's options say; the job YAML overrides. Units: cores in thousandths, nanoseconds.
struct TaskHints {
  std::optional<std::int64_t> cpu_millis;
  std::optional<std::int64_t> period_ns;
  std::optional<std::int64_t> stack_bytes;
};

/// One registered task.
struct TaskDecl {
  std::string name;
  std::string class_name;
  Place place;  ///< of the RegTask call
  TaskHints hints;
  std::vector<Port> sub;
  std::vector<Port> pub;
};

/// A field of a message. `type` is "bool", "int8".."int64", "uint8".."uint64", "float", "double",
/// "char", "string", "duration", "time_point" (both nanoseconds, 64 bits), "sequence<T>",
/// "array<T,N>", "optional<T>", "map<string,T>", or the qualified name of a struct or enum of the
/// same table.
struct Field {
  std::string name;
  std::string type;
};

struct StructType {
  std::vector<Field> fields;
};

/// Every value of `underlying` may come, with or without an enumerator.
struct EnumType {
  /// Values that 64 bits hold only without a sign are kept as the same bits.
  std::vector<std::pair<std::string, std::int64_t>> enumerators;
  std::string underlying = "int32";  ///< "bool", "int8".."int64", "uint8".."uint64"
};

/// How a value of an enum travels: "int32" or "uint32", as the 32 bits of an IDL enum, or, where it
/// has 64, as `underlying`.
std::string_view wire_of(const EnumType& type);
/// An enumerator's value as a number of its enum's type.
std::string enumerator_text(const EnumType& type, std::int64_t value);

/// Every message type of a graph, by qualified name.
struct TypeTable {
  std::map<std::string, StructType> structs;
  std::map<std::string, EnumType> enums;
  std::map<std::string, Place> places;  ///< where the types are defined, as far as known
};

/// A finding of the analyzer or of the join, in clang-tidy's manner.
struct Diagnostic {
  std::string severity;  ///< "error" or "warning"
  std::string code;      ///< e.g. "unknown-topic"
  std::string message;
  Place place;
  std::vector<std::string> notes;
};

/// An edge: `to` subscribes to `topic`, which `from` publishes.
struct Edge {
  std::string from;
  std::string to;
  std::string topic;
  std::string type;
  bool feedback = false;  ///< `to` reads it as feedback
};

/// Does the task subscribe to `topic` as feedback?
bool is_feedback(const TaskDecl& task, std::string_view topic);

/// The tasks of one job and the types of their messages.
struct TaskGraph {
  std::vector<TaskDecl> tasks;  ///< sorted by name
  TypeTable types;
  /// Parameters of the job whose values shaped this graph: with another value it may be another
  /// one. Never a file.
  std::map<std::string, std::string> params;

  const TaskDecl* find(std::string_view name) const;
  /// The task that publishes `topic`, or null.
  const TaskDecl* publisher_of(std::string_view topic) const;
  /// Tasks that subscribe to `topic`, sorted by name.
  std::vector<const TaskDecl*> subscribers_of(std::string_view topic) const;
  /// Sorted by (from, to, topic).
  std::vector<Edge> edges() const;
  /// Topics that are read here and published by no task here, sorted.
  std::vector<std::string> virtual_topics() const;
  /// Is a virtual topic read as feedback alone? Then its publisher may come later, or again.
  bool may_be_absent(std::string_view topic) const;
  /// Topics that are published here and read by no task here, sorted.
  std::vector<std::string> result_topics() const;
  /// Every topic named, sorted.
  std::vector<std::string> topics() const;
  /// Type of `topic` as its publisher names it, or else its first reader: the one on the wire;
  /// empty when unknown.
  std::string type_of(std::string_view topic) const;
};

/// Joins the tasks into a DAG and reports duplicate task names, two publishers of one topic, types
/// of another structure at the two ends (their names may differ), and cycles with their path, of
/// edges other than feedback.
/// Topics without a publisher are not findings: they are virtual.
std::vector<Diagnostic> check(const TaskGraph& graph);

/// Kahn's order over the tasks by the edges other than feedback, smallest name first; the graph
/// must be free of cycles of these.
std::vector<std::string> topological_order(const TaskGraph& graph);

/// The document "mort-graph-1" (tasks, edges, virtual, results, types, params, diagnostics),
/// sorted, pretty-printed.
std::string to_json(const TaskGraph& graph, const std::vector<Diagnostic>& diagnostics = {});
/// Errors: kInvalid for anything that is not a well-formed, bounded "mort-graph-1" document.
Result<TaskGraph> task_graph_from_json(std::string_view text);
/// The "diagnostics" of a "mort-graph-1" document.
Result<std::vector<Diagnostic>> diagnostics_from_json(std::string_view text);

/// Graphviz DOT, and Mermaid, of the graph.
std::string to_dot(const TaskGraph& graph);
std::string to_mermaid(const TaskGraph& graph);

}  // namespace mort::graph
