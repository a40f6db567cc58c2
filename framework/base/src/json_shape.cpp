#include "mort/base/json_shape.hpp"

#include <algorithm>

namespace mort {

JsonShape json_shape(std::string_view text) {
  JsonShape shape;
  std::size_t depth = 0;
  std::size_t begin = 0;  // of the string
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      shape.longest = std::max(shape.longest, i - begin);
      continue;
    }
    if (c == '"') {
      in_string = true;
      begin = i;
    }
    if (c == '[' || c == '{') shape.depth = std::max(shape.depth, ++depth);
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c == ',' || c == '[' || c == '{') ++shape.values;
  }
  return shape;
}

}  // namespace mort
