// MORT_ASAN and MORT_TSAN: whether this is compiled for ASan or TSan (true or false, the same for
// both compilers), and what their runtimes offer.
#pragma once

#ifdef __has_feature
#define MORT_HAS_FEATURE(feature) __has_feature(feature)
#else
#define MORT_HAS_FEATURE(feature) false
#endif

#if defined(__SANITIZE_ADDRESS__) || MORT_HAS_FEATURE(address_sanitizer)
#define MORT_ASAN true
#include <sanitizer/asan_interface.h>
#else
#define MORT_ASAN false
#endif

#if defined(__SANITIZE_THREAD__) || MORT_HAS_FEATURE(thread_sanitizer)
#define MORT_TSAN true
#include <sanitizer/tsan_interface.h>
#else
#define MORT_TSAN false
#endif
