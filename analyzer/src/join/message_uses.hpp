// Message types of topics, as Take, TryTake and Publish use them.
#pragma once

#include <vector>

#include "join/declarations.hpp"

namespace mort::analyzer {

/// Gives the ports of one task the types that its code uses them as.
void type_ports(OpenTask& task, std::vector<graph::Diagnostic>& found);

/// Ports that the code never uses: a warning where another task tells the type, else an error.
void type_silent_ports(std::vector<OpenTask>& tasks, std::vector<graph::Diagnostic>& found);

}  // namespace mort::analyzer
