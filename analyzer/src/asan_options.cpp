// Clang's headers poison what their allocator has not handed out yet. Debian's libclang-cpp, built
// without AddressSanitizer, hands out of the same blocks and takes no poison away: what it gave
// would look like a fault. Of programs that link the analyzer, in builds with AddressSanitizer.
extern "C" const char* __asan_default_options();

const char* __asan_default_options() {
  return "allow_user_poisoning=0";
}
