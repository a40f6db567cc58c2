// The real agent: Fast DDS, SQLite, processes, and the HTTP API on a Unix socket.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/bus/bus.hpp"

namespace mort::agent {

struct ServiceOptions {
  std::string node;
  double cpu = 0;           ///< cores offered; 0 = those of the machine
  std::int64_t memory = 0;  ///< bytes offered; 0 = those of the machine
  bool takes_tasks = true;  ///< false: plans made from now on leave this node out
  std::string data_dir;
  std::map<std::string, std::string> labels;
  bus::Network network;
  std::string policy_file;     ///< put in force at the start; empty = none
  std::string worker_program;  ///< path of mort-worker
};

/// Where the agent of a data directory listens.
std::string socket_path(const std::string& data_dir);

/// Runs the agent until SIGINT or SIGTERM. Errors: what kept it from starting.
Result<void> run_service(const ServiceOptions& options);

}  // namespace mort::agent
