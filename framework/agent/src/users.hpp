// The name of a user of this machine.
#pragma once

#include <pwd.h>
#include <sys/types.h>

#include <string>

namespace mort::agent {

/// "ann", or "uid:1234" where the machine knows no name.
inline std::string user_name(uid_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  char buffer[4096];
  if (getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr)
    return found->pw_name;
  return "uid:" + std::to_string(uid);
}

}  // namespace mort::agent
