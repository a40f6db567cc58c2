// What the HTTP API shows, as JSON documents, computed from the spaces.
#pragma once

#include <map>
#include <string>

#include "fleet.hpp"

namespace mort::agent {

std::string view_nodes(const Fleet& fleet);
std::string view_jobs(const Fleet& fleet);
std::string view_tasks(const Fleet& fleet);
/// `external`: what programs publish that are not Mort's.
std::string view_topics(const Fleet& fleet, const std::vector<PublishedTopic>& external);
/// `results`: the last message of each result topic as JSON, where this node follows the job.
std::string view_job(const Fleet& fleet, const Job& job,
                     const std::map<std::string, std::string>& results);

}  // namespace mort::agent
