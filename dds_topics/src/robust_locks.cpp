#include "robust_locks.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <cerrno>

#include "mort/base/sanitizers.hpp"

namespace {

/// The definition that this one stands before.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

[[gnu::visibility("default")]] int pthread_mutexattr_setpshared(pthread_mutexattr_t* attributes,
                                                                int shared) noexcept {
  static const auto set = next<int(pthread_mutexattr_t*, int)>("pthread_mutexattr_setpshared");
  const int error = set(attributes, shared);
  if (error != 0 || shared != PTHREAD_PROCESS_SHARED) return error;
  return pthread_mutexattr_setrobust(attributes, PTHREAD_MUTEX_ROBUST);
}

[[gnu::visibility("default")]] int pthread_mutex_timedlock(pthread_mutex_t* mutex,
                                                           const timespec* until) noexcept {
  static const auto lock = next<int(pthread_mutex_t*, const timespec*)>("pthread_mutex_timedlock");
  const int error = lock(mutex, until);
  if (error != EOWNERDEAD) return error;
#if MORT_TSAN
  __tsan_mutex_pre_lock(mutex, __tsan_mutex_try_lock);  // it takes this answer for a failure
  __tsan_mutex_post_lock(mutex, __tsan_mutex_try_lock, 0);
#endif
  return pthread_mutex_consistent(mutex);
}

}  // extern "C"

namespace mort::dds_topics {

bool has_robust_locks() {
  const auto is_ours = [](const char* name, auto* ours) {
    return dlsym(RTLD_DEFAULT, name) == reinterpret_cast<void*>(ours);
  };
  return is_ours("pthread_mutexattr_setpshared", &pthread_mutexattr_setpshared) &&
         is_ours("pthread_mutex_timedlock", &pthread_mutex_timedlock);
}

}  // namespace mort::dds_topics
