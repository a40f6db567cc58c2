// A mutex that clang's thread-safety analysis knows, and the annotations that go with it.
#pragma once

#include <mutex>

#if defined(__clang__)
#define MORT_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define MORT_THREAD_ATTRIBUTE(x)
#endif

/// The member may be touched only with `mutex` held.
#define MORT_GUARDED_BY(mutex) MORT_THREAD_ATTRIBUTE(guarded_by(mutex))
#define MORT_REQUIRES(mutex) MORT_THREAD_ATTRIBUTE(requires_capability(mutex))

namespace mort {

class MORT_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
 public:
  void lock() MORT_THREAD_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
  void unlock() MORT_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

/// Holds a mutex for a scope; waitable with std::condition_variable_any.
class MORT_THREAD_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) MORT_THREAD_ATTRIBUTE(acquire_capability(mutex))
      : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() MORT_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace mort
