// What the HTTP API shows, as JSON documents, computed from the spaces.
#pragma once

#include <map>
#include <string>

#include "records.hpp"

namespace mort::agent {

std::string view_nodes(const space::Replica& replica);
std::string view_jobs(const space::Replica& replica);
std::string view_tasks(const space::Replica& replica);
/// `external`: what programs publish that are not Mort's.
std::string view_topics(const space::Replica& replica, const std::vector<PublishedTopic>& external);
/// `results`: the last message of each result topic as JSON, where this node follows the job.
std::string view_job(const space::Replica& replica, const JobView& job,
                     const std::map<std::string, std::string>& results);

}  // namespace mort::agent
