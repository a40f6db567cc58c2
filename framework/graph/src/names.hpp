// Names in messages: which are known, and which one was probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mort::graph {

/// "a, b, c"; long lists end in "...".
std::string list_names(const std::vector<std::string>& names);

/// The known name nearest to `word`, or empty when none is near. Cost: |known| x |word|^2.
std::string nearest_name(std::string_view word, const std::vector<std::string>& known);

/// "did you mean "x"? known tasks are a, b": the cure for a name that is not known.
std::string cure_for_unknown(std::string_view word, std::string_view kind,
                             const std::vector<std::string>& known);

/// The text in double quotes, shortened, with control characters shown as '?'.
std::string in_quotes(std::string_view text);

}  // namespace mort::graph
