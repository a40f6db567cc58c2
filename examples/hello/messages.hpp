// The messages of the hello job: plain structs, no macros.
#pragma once

#include <cstdint>

namespace hello {

struct Reading {
  std::int64_t number = 0;
  double celsius = 0;
};

struct Summary {
  std::int64_t readings = 0;
  double sum = 0;
  double mean = 0;
};

}  // namespace hello
