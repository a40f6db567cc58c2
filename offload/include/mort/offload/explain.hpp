// A plan for people: why each task is where it is, what crosses which link, which limit binds, and
// what other algorithms would have given.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mort/offload/planner.hpp"

namespace mort::offload {

/// A task on another node: what that would change, everything else left as it is.
struct Elsewhere {
  std::int32_t node;
  std::int64_t change;  ///< bit/s that stay off the network more (or, below 0, less), by the plan's
                        ///< objective
  std::string obstacle;  ///< why it cannot be there now; empty when it can
  bool barred;           ///< it may not run there, whatever else is placed where
};

/// Why a task is where it is.
struct Reason {
  std::int32_t task;
  std::int32_t node;
  std::int64_t local_bps;            ///< its edges that stay on the node
  std::int64_t remote_bps;           ///< its edges that cross
  std::vector<Elsewhere> elsewhere;  ///< nodes that it exchanges data with and the one with most
                                     ///< cpu left; the best first
  bool pinned;                       ///< barred from every other node
  std::string text;                  ///< what stays, what crosses, and the best other node
};

std::vector<Reason> explain(const graph::Instance& instance, const graph::Plan& plan);

/// What goes from one node to another. A topic counts once for each job that reads it there.
struct Crossing {
  std::int32_t from;
  std::int32_t to;
  std::int64_t rate;                ///< bit/s
  std::vector<std::string> topics;  ///< names, or "F1 -> F2" where a topic has none; sorted
};

/// Pairs of nodes by falling rate. The rates add up to the plan's traffic.
std::vector<Crossing> crossings(const graph::Instance& instance, const graph::Plan& plan);

/// How full a node is.
struct NodeUse {
  std::int32_t node;
  std::int32_t tasks;
  std::int64_t cpu;      ///< what they need in the plan's model
  std::int64_t cpu_sum;  ///< what they ask for one by one: above `capacity` the node leans on
                         ///< fusion
  std::int64_t capacity;
  std::int64_t memory;
  std::int64_t kept_out;      ///< tasks that may run and would gain here, were it not for a limit
  std::int64_t kept_out_bps;  ///< the largest such gain
  std::string limit;          ///< what keeps that one out; empty when nothing does
};

std::vector<NodeUse> node_uses(const graph::Instance& instance, const graph::Plan& plan);

/// What one algorithm gives for the same instance.
struct Alternative {
  std::string algorithm;
  graph::Plan plan;  ///< without an assignment when `error` tells why there is none
  std::string error;
};

/// Every algorithm of algorithms() but auto, with the plan's objective and its model (gfbto: always
/// fused) and otherwise `options`.
std::vector<Alternative> alternatives(const graph::Instance& instance, const graph::Plan& plan,
                                      const Options& options);

/// Graphviz: a cluster a node, an edge a topic and its reader, as wide as its rate; what crosses is
/// red.
std::string to_dot(const graph::Instance& instance, const graph::Plan& plan);

/// A rate for a person, of three digits: "30 bit/s", "1.6 Mbit/s".
std::string rate_text(std::int64_t bps);

}  // namespace mort::offload
