#include "mort/scheduler/coroutine.hpp"

#include <cxxabi.h>

#include <boost/context/fiber.hpp>
#include <boost/context/preallocated.hpp>

#include "sanitizers.hpp"

namespace mort::scheduler {
namespace {

/// Thrown through a suspended body when its coroutine is destroyed.
struct Unwind {};

/// A body that swallows Unwind this often (a bare `catch (...)` around a wait in a loop) is given
/// up.
constexpr int kMostUnwinds = 100;

/// Boost frees the stack through this; the memory belongs to the pool.
struct BorrowedStack {
  boost::context::stack_context allocate() { std::abort(); }
  void deallocate(boost::context::stack_context&) noexcept {}
};

/// The C++ runtime keeps the exceptions being handled per thread; each stack needs its own. The
/// layout is that of __cxa_eh_globals in the Itanium C++ ABI.
struct ExceptionState {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

}  // namespace

struct Coroutine::Impl {
  Impl(StackPool& from, Stack mapped, std::function<void()> task)
      : pool(from), stack(std::move(mapped)), body(std::move(task)) {
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

  std::size_t usable() const {
    return static_cast<std::size_t>(reinterpret_cast<const char*>(this) - stack.bottom());
  }
  void start();

  void enter() {  // before control goes in
#ifdef MORT_ASAN
    __sanitizer_start_switch_fiber(&fake_outer, stack.bottom(), usable());
#endif
#ifdef MORT_TSAN
    tsan_outer = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(tsan_inner, 0);
#endif
  }
  void entered() {  // first thing inside
#ifdef MORT_ASAN
    __sanitizer_finish_switch_fiber(fake_inner, &outer_bottom, &outer_size);
#endif
  }
  void leave([[maybe_unused]] bool for_good) {  // before control goes out
#ifdef MORT_ASAN
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_inner, outer_bottom, outer_size);
#endif
#ifdef MORT_TSAN
    __tsan_switch_to_fiber(tsan_outer, 0);
#endif
  }
  void left() {  // first thing outside
#ifdef MORT_ASAN
    __sanitizer_finish_switch_fiber(fake_outer, nullptr, nullptr);
#endif
  }

  boost::context::fiber inner;
  boost::context::fiber outer;
  ExceptionState exceptions;
  bool done = false;
  bool unwinding = false;
  StackPool& pool;
  Stack stack;
  std::function<void()> body;
  std::exception_ptr error;
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

void Coroutine::Impl::start() {
  boost::context::stack_context context;
  context.sp = this;
  context.size = usable();
  inner = boost::context::fiber(std::allocator_arg,
                                boost::context::preallocated(context.sp, context.size, context),
                                BorrowedStack{}, [this](boost::context::fiber&& resumer) {
                                  entered();
                                  outer = std::move(resumer);
                                  try {
                                    if (!unwinding) body();
                                  } catch (const Unwind&) {
                                  } catch (...) {
                                    error = std::current_exception();
                                  }
                                  done = true;
                                  leave(true);
                                  return std::move(outer);
                                });
}

Result<Coroutine> Coroutine::create(StackPool& pool, std::size_t stack_bytes,
                                    std::function<void()> body) {
  auto stack = pool.take(stack_bytes);
  if (!stack) return tl::unexpected<Error>(std::move(stack).error());
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kRoom = (sizeof(Impl) + kLine - 1) / kLine * kLine;
  void* place = stack->top() - kRoom;
  Impl* impl = new (place) Impl(pool, std::move(*stack), std::move(body));
  impl->start();
  return Coroutine(impl);
}

void Coroutine::unwind() {
  if (impl_ == nullptr) return;
  impl_->unwinding = true;
  for (int i = 0; i < kMostUnwinds && !impl_->done; ++i) resume();
  Impl* impl = std::exchange(impl_, nullptr);
  if (!impl->done) return;  // its frames still own things: better lost than destroyed under them
  StackPool& pool = impl->pool;
  Stack stack = std::move(impl->stack);
  impl->~Impl();
  pool.give(std::move(stack));
}

void* Coroutine::exceptions_of_this_thread() {
  return abi::__cxa_get_globals();
}

void Coroutine::resume(void* exceptions) {
  Impl& impl = *impl_;
  MORT_CHECK(!impl.done);
  impl.enter();
  auto& current = *static_cast<ExceptionState*>(exceptions);
  const ExceptionState outside = current;
  current = impl.exceptions;
  impl.inner = std::move(impl.inner).resume();
  impl.exceptions = current;
  current = outside;
  impl.left();
}

void Coroutine::suspend() {
  Impl& impl = *impl_;
  impl.leave(false);
  impl.outer = std::move(impl.outer).resume();
  impl.entered();
  if (impl.unwinding) throw Unwind{};
}

bool Coroutine::done() const {
  return impl_->done;
}
std::exception_ptr Coroutine::error() const {
  return impl_->error;
}
const Stack& Coroutine::stack() const {
  return impl_->stack;
}

}  // namespace mort::scheduler
