// What the policy in force says of a job's tasks. Pure.
#pragma once

#include <map>
#include <set>
#include <string>

#include "fleet.hpp"
#include "mort/worker/protocol.hpp"

namespace mort::agent {

/// Errors: kDenied, with the rule.
Result<void> check_right(const Fleet& fleet, const access::Request& request);

/// Whether `user` may have each task at its topics on its node. Errors: kDenied, with the first
/// that is not allowed.
Result<void> check_task_rights(const Fleet& fleet, const graph::Manifest& manifest,
                               const std::map<std::string, std::string>& assign,
                               const std::string& user);

/// What the tasks on `node` may not do.
std::set<worker::Denial> denials_on(const Fleet& fleet, const std::string& node,
                                    const graph::Manifest& manifest,
                                    const std::map<std::string, std::string>& assign,
                                    const std::string& user);

}  // namespace mort::agent
