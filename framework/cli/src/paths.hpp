// Where the parts of Mort are: beside the running program when installed, else in the build tree.
#pragma once

#include <string>
#include <vector>

namespace mort::cli {

std::string self();                       ///< this program
std::string worker_program();             ///< mort-worker
std::string analyze_program();            ///< mort-analyze
std::string optimal_program();            ///< mort-optimal
std::vector<std::string> sdk_includes();  ///< include directories of the task SDK
std::string library_dir();                ///< holds libmort.so
std::string default_data_dir();           ///< of `mort agent`
std::string cache_dir();                  ///< of `mort build`

}  // namespace mort::cli
