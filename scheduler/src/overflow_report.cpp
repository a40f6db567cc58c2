#include "mort/scheduler/overflow_report.hpp"

#include <sys/auxv.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "mort/base/sanitizers.hpp"
#include "mort/scheduler/lane.hpp"
#include "overflow_scope.hpp"

namespace mort::scheduler {
namespace {

std::atomic<bool> installed{false};
struct sigaction previous {};

/// A line put together without the heap.
class Line {
 public:
  Line& add(const char* text) {
    while (*text != '\0' && used_ < sizeof text_) text_[used_++] = *text++;
    return *this;
  }
  Line& add(std::size_t number) {
    char digits[24];
    char* first = digits + sizeof digits;
    *--first = '\0';
    do {
      *--first = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    return add(first);
  }
  void write() const { [[maybe_unused]] const auto done = ::write(STDERR_FILENO, text_, used_); }

 private:
  char text_[512];
  std::size_t used_ = 0;
};

void on_fault(int signal, siginfo_t* info, void* context) {
  const LaneTask* task = turning_lane == nullptr ? nullptr : turning_lane->running();
  if (task != nullptr && info->si_code > 0 && task->stack().guards(info->si_addr)) {
    Line()
        .add("task ")
        .add(task->name().c_str())
        .add(" on lane ")
        .add(turning_lane->name().c_str())
        .add(" has overflowed its stack of ")
        .add(task->stack().usable())
        .add(" bytes\n  cure: raise stack_bytes of the task in RegTask, or stack_kb in the job YAML\n")
        .write();
    ::signal(SIGSEGV, SIG_DFL);  // the access is tried again and ends the process
    return;
  }
  if ((previous.sa_flags & SA_SIGINFO) != 0) return previous.sa_sigaction(signal, info, context);
  if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
    return previous.sa_handler(signal);
  ::signal(SIGSEGV, SIG_DFL);
  if (info->si_code <= 0) raise(SIGSEGV);  // sent by someone: no access will be tried again
}

}  // namespace

Result<void> install_overflow_report() {
  if constexpr (MORT_ASAN || MORT_TSAN) return {};
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  MORT_CHECK(!installed.exchange(true));
  if (sigaction(SIGSEGV, &action, &previous) != 0) {
    return fail(ErrorCode::kFailed,
                std::string("stack overflows will not be reported: ") + std::strerror(errno));
  }
  return {};
}

OverflowScope::OverflowScope() {
  if (!installed) return;
  // The registers that the kernel saves, which AMX and SVE make large, and room for the handler.
  const std::size_t bytes = getauxval(AT_MINSIGSTKSZ) + 32 * 1024;
  stack_ = std::make_unique<char[]>(bytes);
  const stack_t stack{.ss_sp = stack_.get(), .ss_flags = 0, .ss_size = bytes};
  sigaltstack(&stack, nullptr);
}

OverflowScope::~OverflowScope() {
  if (!stack_) return;
  const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
  sigaltstack(&none, nullptr);
}

}  // namespace mort::scheduler
