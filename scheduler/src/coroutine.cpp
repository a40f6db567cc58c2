#include "mort/scheduler/coroutine.hpp"

#include <cxxabi.h>

#include "mort/base/sanitizers.hpp"
#include "switch_stack.hpp"

namespace mort::scheduler {
namespace {

/// Thrown through a suspended body when its coroutine is destroyed.
struct Unwind {};

/// A body that swallows Unwind this often (a bare `catch (...)` around a wait in a loop) is given
/// up.
constexpr int kMostUnwinds = 100;

}  // namespace

struct Coroutine::Impl : Core {
  Impl(StackPool& from, Stack mapped, std::function<void()> task)
      : pool(from), stack(std::move(mapped)), body(std::move(task)) {
#if MORT_ASAN
    bottom = stack.bottom();
    size = usable();
#endif
#if MORT_TSAN
    fiber = __tsan_create_fiber(0);
#endif
  }
  ~Impl() {
#if MORT_TSAN
    __tsan_destroy_fiber(fiber);
#endif
  }
  std::size_t usable() const {
    return static_cast<std::size_t>(reinterpret_cast<const char*>(this) - stack.bottom());
  }

  StackPool& pool;
  Stack stack;
  std::function<void()> body;
  std::exception_ptr error;
};

Coroutine::Impl& Coroutine::impl() const {
  return static_cast<Impl&>(*core_);
}

void Coroutine::main(detail::Switched resumed) {
  Impl& impl = static_cast<Impl&>(static_cast<Core&>(*static_cast<Context*>(resumed.data)->to));
  arrive(impl, resumed);
  detail::FloatMode::set(0);  // as a process begins
  try {
    if (!impl.unwinding) impl.body();
  } catch (const Unwind&) {
  } catch (...) {
    impl.error = std::current_exception();
  }
  impl.done = true;
  exchange(impl, *impl.outer, exceptions_of_this_thread());
  announce_leaving(impl, *impl.outer, true);
  detail::switch_stack(impl.outer->suspended, static_cast<Context*>(&impl));
  std::abort();
}

Result<Coroutine> Coroutine::create(StackPool& pool, std::size_t stack_bytes,
                                    std::function<void()> body) {
  auto stack = pool.take(stack_bytes);
  if (!stack) return tl::unexpected<Error>(std::move(stack).error());
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kRoom = (sizeof(Impl) + kLine - 1) / kLine * kLine;
  char* const place = stack->top() - kRoom - pool.next_offset(stack->usable());
  Impl* impl = new (place) Impl(pool, std::move(*stack), std::move(body));
  impl->suspended = detail::prepare_stack(place, impl->usable(), &Coroutine::main);
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

void Coroutine::announce_leaving([[maybe_unused]] Context& from, [[maybe_unused]] Context& to,
                                 [[maybe_unused]] bool for_good) {
#if MORT_ASAN
  __sanitizer_start_switch_fiber(for_good ? nullptr : &from.fake_stack, to.bottom, to.size);
#endif
#if MORT_TSAN
  if (from.fiber == nullptr) from.fiber = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(to.fiber, 0);
#endif
}

void Coroutine::announce_arrived([[maybe_unused]] Context& here, [[maybe_unused]] Context& left) {
#if MORT_ASAN
  __sanitizer_finish_switch_fiber(here.fake_stack, &left.bottom, &left.size);
#endif
}

}  // namespace mort::scheduler
