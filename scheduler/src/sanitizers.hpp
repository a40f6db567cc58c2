// MORT_ASAN and MORT_TSAN, the same for both compilers.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define MORT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MORT_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define MORT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MORT_TSAN 1
#endif
#endif
#ifdef MORT_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef MORT_TSAN
#include <sanitizer/tsan_interface.h>
#endif
