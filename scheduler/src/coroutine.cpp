#include "mort/scheduler/coroutine.hpp"

#include <cxxabi.h>

#include <boost/context/detail/fcontext.hpp>

#include "mort/base/sanitizers.hpp"

namespace mort::scheduler {
namespace {

/// Thrown through a suspended body when its coroutine is destroyed.
struct Unwind {};

/// A body that swallows Unwind this often (a bare `catch (...)` around a wait in a loop) is given
/// up.
constexpr int kMostUnwinds = 100;

namespace fcontext = boost::context::detail;
static_assert(sizeof(fcontext::transfer_t) == sizeof(detail::Switched) &&
                  offsetof(fcontext::transfer_t, fctx) == offsetof(detail::Switched, from) &&
                  offsetof(fcontext::transfer_t, data) == offsetof(detail::Switched, data),
              "detail::switch_stack is Boost's jump_fcontext");

}  // namespace

struct Coroutine::Impl : Core {
  Impl(StackPool& from, Stack mapped, std::function<void()> task)
      : pool(from), stack(std::move(mapped)), body(std::move(task)) {
#if MORT_TSAN
    tsan_inner = __tsan_create_fiber(0);
#endif
  }
  ~Impl() {
#if MORT_TSAN
    __tsan_destroy_fiber(tsan_inner);
#endif
  }
  std::size_t usable() const {
    return static_cast<std::size_t>(reinterpret_cast<const char*>(this) - stack.bottom());
  }

  StackPool& pool;
  Stack stack;
  std::function<void()> body;
  std::exception_ptr error;
#if MORT_ASAN
  void* fake_outer = nullptr;
  void* fake_inner = nullptr;
  const void* outer_bottom = nullptr;
  std::size_t outer_size = 0;
#endif
#if MORT_TSAN
  void* tsan_outer = nullptr;
  void* tsan_inner = nullptr;
#endif
};

Coroutine::Impl& Coroutine::impl() const {
  return static_cast<Impl&>(*core_);
}

void Coroutine::main(detail::Switched resumed) {
  Coroutine self(static_cast<Core*>(resumed.data));  // never destroyed: this function has no end
  Impl& impl = self.impl();
  self.announce_entered();
  impl.outer = resumed.from;
  try {
    if (!impl.unwinding) impl.body();
  } catch (const Unwind&) {
  } catch (...) {
    impl.error = std::current_exception();
  }
  impl.done = true;
  self.announce_leaving(true);
  detail::switch_stack(impl.outer, nullptr);
  std::abort();
}

Result<Coroutine> Coroutine::create(StackPool& pool, std::size_t stack_bytes,
                                    std::function<void()> body) {
  auto stack = pool.take(stack_bytes);
  if (!stack) return tl::unexpected<Error>(std::move(stack).error());
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kRoom = (sizeof(Impl) + kLine - 1) / kLine * kLine;
  void* place = stack->top() - kRoom;
  Impl* impl = new (place) Impl(pool, std::move(*stack), std::move(body));
  impl->inner = fcontext::make_fcontext(impl, impl->usable(), [](fcontext::transfer_t resumed) {
    Coroutine::main({resumed.fctx, resumed.data});
  });
  return Coroutine(impl);
}

void Coroutine::unwind() {
  if (core_ == nullptr) return;
  core_->unwinding = true;
  for (int i = 0; i < kMostUnwinds && !core_->done; ++i) resume();
  Impl& ended = impl();
  core_ = nullptr;
  if (!ended.done) return;  // its frames still own things: better lost than destroyed under them
  StackPool& pool = ended.pool;
  Stack stack = std::move(ended.stack);
  ended.~Impl();
  pool.give(std::move(stack));
}

detail::ExceptionState& Coroutine::exceptions_of_this_thread() {
  return *reinterpret_cast<detail::ExceptionState*>(abi::__cxa_get_globals());
}

void Coroutine::throw_unwind() {
  throw Unwind{};
}

std::exception_ptr Coroutine::error() const {
  return impl().error;
}

const Stack& Coroutine::stack() const {
  return impl().stack;
}

void Coroutine::announce_entering() {
#if MORT_ASAN
  __sanitizer_start_switch_fiber(&impl().fake_outer, impl().stack.bottom(), impl().usable());
#endif
#if MORT_TSAN
  impl().tsan_outer = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(impl().tsan_inner, 0);
#endif
}

void Coroutine::announce_entered() {
#if MORT_ASAN
  __sanitizer_finish_switch_fiber(impl().fake_inner, &impl().outer_bottom, &impl().outer_size);
#endif
}

void Coroutine::announce_leaving([[maybe_unused]] bool for_good) {
#if MORT_ASAN
  __sanitizer_start_switch_fiber(for_good ? nullptr : &impl().fake_inner, impl().outer_bottom,
                                 impl().outer_size);
#endif
#if MORT_TSAN
  __tsan_switch_to_fiber(impl().tsan_outer, 0);
#endif
}

void Coroutine::announce_left() {
#if MORT_ASAN
  __sanitizer_finish_switch_fiber(impl().fake_outer, nullptr, nullptr);
#endif
}

}  // namespace mort::scheduler
