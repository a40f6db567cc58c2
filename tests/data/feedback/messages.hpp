#pragma once

#include <cstdint>

namespace two {

struct Turn {
  std::int64_t number = 0;
};

}  // namespace two
