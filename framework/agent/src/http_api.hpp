// The HTTP API of an agent on a Unix socket; the user of a request is the uid at the other end.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "mort/agent/artifacts.hpp"
#include "mort/agent/core.hpp"
#include "mort/scheduler/lane.hpp"

namespace mort::agent {

/// Answers on threads of its own; what touches the core is posted to its lane.
class HttpApi {
 public:
  HttpApi(AgentCore& core, scheduler::Lane& lane, const ArtifactStore& artifacts);
  ~HttpApi();
  /// Listens at `socket_path` (mode 0660). Errors: kFailed, e.g. when another agent listens there.
  Result<void> start(const std::string& socket_path);
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mort::agent
