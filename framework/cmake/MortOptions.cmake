# One INTERFACE target carries warnings and sanitizers to every target of Mort.
add_library(mort_options INTERFACE)
target_compile_options(mort_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(mort_options INTERFACE -Wthread-safety)
endif()
if(MORT_SANITIZE)
  target_compile_options(mort_options INTERFACE -fsanitize=${MORT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(mort_options INTERFACE -fsanitize=${MORT_SANITIZE})
  if(MORT_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(mort_options INTERFACE -Wno-tsan)  # TSan knows no fences; model tests look at them
  endif()
endif()
