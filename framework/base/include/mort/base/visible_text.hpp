// Text of unknown origin as a person may see it: nothing in it moves a cursor, ends a line or hides
// what follows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mort {

/// One line: control characters (but not the tab), characters that reverse the direction of
/// writing, and bytes that are no UTF-8 are written as escapes: \0, \n, \x1b, \u202e. Text that has
/// none of these is returned as it is, a backslash too. Shapes: any bytes; at most 4 times as long.
std::string visible_line(std::string_view text);

/// The same, but line breaks are kept.
std::string visible_text(std::string_view text);

/// The lines of `text`, each as visible_line(); a "\r" at the end of a line is part of the break,
/// and a break at the end begins no further line. At least one line.
std::vector<std::string> visible_lines(std::string_view text);

/// At most `most` bytes of what the functions above gave, cut between characters; what is missing
/// is counted at the end: " [12 more bytes]".
std::string shortened(std::string text, std::size_t most);

}  // namespace mort
