#include "switch_stack.hpp"

#ifdef __x86_64__
#include <cstdint>
#include <new>

// As jump_fcontext of Boost.Context, but for its end: Boost's jumps where this returns. The
// processor predicts a return by the call that it has seen last, so that a call without its return
// makes it predict every later return wrongly, and fetch nothing ahead of it from memory.
asm(R"(
.text
.globl mort_switch_stack
.hidden mort_switch_stack
.type mort_switch_stack, @function
.p2align 5
mort_switch_stack:
  leaq -0x38(%rsp), %rsp
  stmxcsr (%rsp)
  fnstcw 0x4(%rsp)
  movq %r12, 0x8(%rsp)
  movq %r13, 0x10(%rsp)
  movq %r14, 0x18(%rsp)
  movq %r15, 0x20(%rsp)
  movq %rbx, 0x28(%rsp)
  movq %rbp, 0x30(%rsp)
  movq %rsp, %rax  # Switched::from, in what is returned
  movq %rdi, %rsp
  ldmxcsr (%rsp)
  fldcw 0x4(%rsp)
  movq 0x8(%rsp), %r12
  movq 0x10(%rsp), %r13
  movq 0x18(%rsp), %r14
  movq 0x20(%rsp), %r15
  movq 0x28(%rsp), %rbx
  movq 0x30(%rsp), %rbp
  leaq 0x38(%rsp), %rsp
  movq %rsi, %rdx  # Switched::data
  movq %rax, %rdi  # the same as the argument of an entry
  ret
.size mort_switch_stack, .-mort_switch_stack
)");

namespace mort::scheduler::detail {
namespace {

/// What mort_switch_stack finds on a stack.
struct Frame {
  std::uint32_t mxcsr = 0x1f80;  // both as a process begins
  std::uint32_t x87_control = 0x037f;
  void* r12_to_r15[4] = {};
  void* rbx = nullptr;
  void* rbp = nullptr;  ///< null: who walks the stack by frame pointers stops here
  void (*resume_at)(Switched) = nullptr;
  void* caller = nullptr;  ///< of an entry: none
};
static_assert(sizeof(Frame) % 16 == 8);  // so that an entry finds the stack aligned as after a call

}  // namespace

void* prepare_stack(char* top, std::size_t /*size*/, void (*entry)(Switched)) {
  auto* const frame = new (top - sizeof(Frame)) Frame;
  frame->resume_at = entry;
  return frame;
}

}  // namespace mort::scheduler::detail

#else
#include <boost/context/detail/fcontext.hpp>

namespace mort::scheduler::detail {

namespace fcontext = boost::context::detail;
static_assert(sizeof(fcontext::transfer_t) == sizeof(Switched) &&
                  offsetof(fcontext::transfer_t, fctx) == offsetof(Switched, from) &&
                  offsetof(fcontext::transfer_t, data) == offsetof(Switched, data),
              "switch_stack is Boost's jump_fcontext");

void* prepare_stack(char* top, std::size_t size, void (*entry)(Switched)) {
  return fcontext::make_fcontext(top, size,
                                 reinterpret_cast<void (*)(fcontext::transfer_t)>(entry));
}

}  // namespace mort::scheduler::detail
#endif
