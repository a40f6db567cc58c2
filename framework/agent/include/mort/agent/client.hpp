// Talks to an agent's HTTP API over its Unix socket.
#pragma once

#include <memory>
#include <string>

#include "mort/base/result.hpp"

namespace mort::agent {

/// Threads: one. Errors: what the agent answered, or kUnreachable when it does not.
class Client {
 public:
  explicit Client(std::string socket_path);
  ~Client();
  /// Body of the answer.
  Result<std::string> get(const std::string& path);
  Result<std::string> post(const std::string& path, const std::string& body);
  /// A POST that may be said again: where the agent took the connection and then went away, it is
  /// repeated for some 20 s under the same random name, so that it counts once.
  Result<std::string> submit(const std::string& path, const std::string& body);
  Result<std::string> put(const std::string& path, const std::string& body);
  /// Streams a file as the body.
  Result<std::string> put_file(const std::string& path, const std::string& file);
  const std::string& socket_path() const { return socket_path_; }

 private:
  class Impl;
  const std::string socket_path_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mort::agent
