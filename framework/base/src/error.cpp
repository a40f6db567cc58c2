#include <cstdio>
#include <cstdlib>

#include "mort/base/result.hpp"

namespace mort {

int exit_code(const Error& error) {
  return static_cast<int>(error.code);
}

std::string to_string(const Error& error) {
  std::string text = error.where.empty() ? error.message : error.where + ": " + error.message;
  if (!error.cure.empty()) text += "\n  cure: " + error.cure;
  return text;
}

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "mort: internal error: %s is false at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace mort
