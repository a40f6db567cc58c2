#include "mort/scheduler/coroutine.hpp"

#include <cxxabi.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/context/fiber.hpp>
#include <boost/context/preallocated.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

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

namespace mort::scheduler {
namespace {

/// An anonymous mapping with an inaccessible page below it: overflow faults instead of corrupting.
class GuardedStack {
 public:
  static Result<GuardedStack> map(std::size_t bytes) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t size = (bytes + page - 1) / page * page + page;
    void* base =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (base == MAP_FAILED) return refused(errno);
    GuardedStack stack(base, size, page);
    if (mprotect(base, page, PROT_NONE) != 0) return refused(errno);
    return stack;
  }
  GuardedStack(GuardedStack&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), size_(other.size_), page_(other.page_) {}
  GuardedStack& operator=(GuardedStack&&) = delete;
  ~GuardedStack() {
    if (base_ == nullptr) return;
#ifdef MORT_ASAN
    // A later mapping at this address must not inherit the poison of our frames.
    ASAN_UNPOISON_MEMORY_REGION(static_cast<char*>(base_) + page_, size_ - page_);
#endif
    munmap(base_, size_);
  }
  void* bottom() const {
    return static_cast<char*>(base_) + page_;
  }
  void* top() const {
    return static_cast<char*>(base_) + size_;
  }
  std::size_t usable() const {
    return size_ - page_;
  }

 private:
  GuardedStack(void* base, std::size_t size, std::size_t page)
      : base_(base), size_(size), page_(page) {}
  static tl::unexpected<Error> refused(int code) {
    return fail(
        ErrorCode::kFailed, std::string("no further task stack: ") + std::strerror(code), {},
        "raise vm.max_map_count (two maps a task), add memory, or run fewer tasks on this node");
  }
  void* base_;
  std::size_t size_;
  std::size_t page_;
};

/// Thrown through a suspended body when its coroutine is destroyed.
struct Unwind {};

/// A body that swallows Unwind this often (a bare `catch (...)` around a wait in a loop) is given
/// up.
constexpr int kMostUnwinds = 100;

/// Boost frees the stack through this; the memory belongs to GuardedStack.
struct BorrowedStack {
  boost::context::stack_context allocate() { std::abort(); }
  void deallocate(boost::context::stack_context&) noexcept {}
};

/// The C++ runtime keeps the exceptions being handled per thread; each stack needs its own.
struct ExceptionState {
  void* caught = nullptr;
  unsigned int uncaught = 0;
  void swap() {
    auto* current = reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
    std::swap(current->caught, caught);
    std::swap(current->uncaught, uncaught);
  }
};

}  // namespace

struct Coroutine::Impl {
  Impl(GuardedStack mapped, std::function<void()> task)
      : stack(std::move(mapped)), body(std::move(task)) {
#ifdef MORT_TSAN
    tsan_inner = __tsan_create_fiber(0);
#endif
  }
  ~Impl() {
    MORT_CHECK(done);
#ifdef MORT_TSAN
    __tsan_destroy_fiber(tsan_inner);
#endif
  }

  void enter() {  // before control goes in
#ifdef MORT_ASAN
    __sanitizer_start_switch_fiber(&fake_outer, stack.bottom(), stack.usable());
#endif
#ifdef MORT_TSAN
    tsan_outer = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(tsan_inner, 0);
#endif
    exceptions.swap();
  }
  void entered() {  // first thing inside
#ifdef MORT_ASAN
    __sanitizer_finish_switch_fiber(fake_inner, &outer_bottom, &outer_size);
#endif
  }
  void leave(bool for_good) {  // before control goes out
#ifdef MORT_ASAN
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_inner, outer_bottom, outer_size);
#else
    (void)for_good;
#endif
#ifdef MORT_TSAN
    __tsan_switch_to_fiber(tsan_outer, 0);
#endif
  }
  void left() {  // first thing outside
#ifdef MORT_ASAN
    __sanitizer_finish_switch_fiber(fake_outer, nullptr, nullptr);
#endif
    exceptions.swap();
  }

  GuardedStack stack;
  std::function<void()> body;
  boost::context::fiber inner;
  boost::context::fiber outer;
  ExceptionState exceptions;
  std::exception_ptr error;
  bool done = false;
  bool unwinding = false;
#ifdef MORT_ASAN
  void* fake_outer = nullptr;
  void* fake_inner = nullptr;
  const void* outer_bottom = nullptr;
  std::size_t outer_size = 0;
#endif
#ifdef MORT_TSAN
  void* tsan_outer = nullptr;
  void* tsan_inner = nullptr;
#endif
};

Coroutine::Coroutine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Coroutine::~Coroutine() {
  impl_->unwinding = true;
  for (int i = 0; i < kMostUnwinds && !impl_->done; ++i) resume();
  if (!impl_->done)
    impl_.release();  // its frames still own things: better lost than destroyed under their feet
}

Result<std::unique_ptr<Coroutine>> Coroutine::create(std::size_t stack_bytes,
                                                     std::function<void()> body) {
  auto stack = GuardedStack::map(stack_bytes);
  if (!stack) return tl::unexpected<Error>(stack.error());
  auto impl = std::make_unique<Impl>(std::move(*stack), std::move(body));
  Impl* self = impl.get();
  boost::context::stack_context context;
  context.sp = self->stack.top();
  context.size = self->stack.usable();
  self->inner = boost::context::fiber(
      std::allocator_arg, boost::context::preallocated(context.sp, context.size, context),
      BorrowedStack{}, [self](boost::context::fiber&& outer) {
        self->entered();
        self->outer = std::move(outer);
        try {
          if (!self->unwinding) self->body();
        } catch (const Unwind&) {
        } catch (...) {
          self->error = std::current_exception();
        }
        self->done = true;
        self->leave(true);
        return std::move(self->outer);
      });
  return std::unique_ptr<Coroutine>(new Coroutine(std::move(impl)));
}

void Coroutine::resume() {
  MORT_CHECK(!impl_->done);
  impl_->enter();
  impl_->inner = std::move(impl_->inner).resume();
  impl_->left();
}

void Coroutine::suspend() {
  impl_->leave(false);
  impl_->outer = std::move(impl_->outer).resume();
  impl_->entered();
  if (impl_->unwinding) throw Unwind{};
}

bool Coroutine::done() const {
  return impl_->done;
}
std::exception_ptr Coroutine::error() const {
  return impl_->error;
}

}  // namespace mort::scheduler
