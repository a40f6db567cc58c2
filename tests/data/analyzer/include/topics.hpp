// Constants that several sources share.
#pragma once

#include <string>
#include <string_view>

namespace topics {

extern const std::string kRaw;
inline constexpr std::string_view kFiltered = "filtered";
constexpr const char* kPlain = "plain";
const std::string kRaw = "raw";

struct Site {
  static inline const std::string kName = kRaw + "_site";
};

inline std::string path(const char* name, int n) {
  return std::string(name) + "/" + std::to_string(n);
}

}  // namespace topics
