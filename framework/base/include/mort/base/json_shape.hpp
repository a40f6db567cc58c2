// How large a JSON text is once it is parsed, seen before that: a hostile one costs no memory.
#pragma once

#include <cstddef>
#include <string_view>

namespace mort {

struct JsonShape {
  std::size_t depth = 0;    ///< of arrays and objects in one another
  std::size_t values = 1;   ///< at most so many
  std::size_t longest = 0;  ///< string, in bytes as written
};
/// Of any text; of one that is no JSON the numbers mean nothing, and no parser gets further.
JsonShape json_shape(std::string_view text);

}  // namespace mort
