// Part of every program that is built for TSan: what its runtime cannot see of Fast DDS 2.9, which
// Debian builds without it. Nothing here hides a report on Mort's own code.
#include <dlfcn.h>
#include <pthread.h>
#include <sanitizer/tsan_interface.h>

extern "C" {

// Its timed mutexes are locked by a function that the runtime of GCC 12 does not know: it would see
// unlocks without locks, and no order between the threads that such a mutex keeps apart.
int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                            const timespec* deadline) noexcept {
  using Function = int (*)(pthread_mutex_t*, clockid_t, const timespec*);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "pthread_mutex_clocklock"));
  __tsan_mutex_pre_lock(mutex, __tsan_mutex_try_lock);
  const int error = real(mutex, clock, deadline);
  __tsan_mutex_post_lock(
      mutex, __tsan_mutex_try_lock | (error == 0 ? 0U : __tsan_mutex_try_lock_failed), 0);
  return error;
}

// Its payloads are freed by whoever gives back the last reference. The count orders that behind
// every read, but is counted in its own code; the readers tell instead (PayloadType::deserialize).
void __sanitizer_free_hook(const volatile void* block) {
  __tsan_acquire(const_cast<void*>(block));
}

// Its discovery takes two of its own mutexes in either order: one is a lock that readers share, on
// the receiver's thread and while an endpoint is made. A stack has this frame only where the
// function itself locks, not below a listener of Mort's.
const char* __tsan_default_suppressions() {
  return "deadlock:eprosima::fastrtps::rtps::EDP::pairing_\n";
}

}  // extern "C"
