#include "tasks/blocking_calls.hpp"

#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>

namespace mort::analyzer {

using namespace clang;

namespace {

constexpr const char* kSleep =
    "use Sleep(), or a period and WaitTick(): the other tasks of the lane go on meanwhile";
constexpr const char* kJoin =
    "let the other thread tell its end through an atomic, and look at it between waits with "
    "Sleep()";
constexpr const char* kLock = "pass data by topics: what one task waits for, another one publishes";
constexpr const char* kInput =
    "make the descriptor non-blocking and Sleep() while it has nothing, or read it in a thread of "
    "your own";
constexpr const char* kProcess =
    "start it without waiting (posix_spawn), and look for its end with WNOHANG between waits with "
    "Sleep()";

/// By the name without inline namespaces of the library.
const std::map<std::string, BlockingFunction>& functions() {
  static const std::map<std::string, BlockingFunction> known = [] {
    std::map<std::string, BlockingFunction> all;
    const auto add = [&](const char* cure, std::initializer_list<const char*> names) {
      for (const char* name : names) all[name] = {name, cure};
    };
    add(kSleep, {"sleep", "usleep", "nanosleep", "clock_nanosleep", "std::this_thread::sleep_for",
                 "std::this_thread::sleep_until", "pause"});
    add(kJoin, {"std::thread::join", "std::jthread::join", "pthread_join", "thrd_join",
                "std::future::get", "std::future::wait", "std::future::wait_for",
                "std::future::wait_until", "std::shared_future::get", "std::shared_future::wait",
                "std::shared_future::wait_for", "std::shared_future::wait_until"});
    add(kLock, {"std::condition_variable::wait", "std::condition_variable::wait_for",
                "std::condition_variable::wait_until", "std::condition_variable_any::wait",
                "std::condition_variable_any::wait_for", "std::condition_variable_any::wait_until",
                "std::counting_semaphore::acquire", "std::latch::wait",
                "std::latch::arrive_and_wait", "std::barrier::wait",
                "std::barrier::arrive_and_wait", "pthread_cond_wait", "sem_wait", "mtx_lock"});
    add(kInput,
        {"accept", "accept4", "connect", "recv", "recvfrom", "recvmsg", "poll", "ppoll", "select",
         "pselect", "epoll_wait", "getchar", "scanf", "std::scanf", "std::getchar"});
    add(kProcess, {"system", "std::system", "popen", "wait", "waitpid", "waitid"});
    return all;
  }();
  return known;
}

std::string name_of(const FunctionDecl* function) {
  std::string name = function->getNameAsString();
  for (const DeclContext* scope = function->getDeclContext(); scope != nullptr;
       scope = scope->getParent()) {
    const auto* named = dyn_cast<NamedDecl>(scope);
    if (named == nullptr || named->getIdentifier() == nullptr) continue;
    if (const auto* space = dyn_cast<NamespaceDecl>(scope); space != nullptr && space->isInline())
      continue;
    const StringRef scope_name = named->getName();
    if (isa<NamespaceDecl>(scope) && scope_name.startswith("_")) continue;  // std::_V2
    // libstdc++ declares some members in bases of its own, e.g. __basic_future::wait.
    name = (scope_name == "__basic_future" ? "future" : scope_name.str()) + "::" + name;
  }
  return name;
}

/// Is it told not to wait: by a flag such as WNOHANG or MSG_DONTWAIT, or a timeout of 0?
bool returns_at_once(const Call& call, const std::string& name) {
  const auto number = [&](std::size_t i) -> std::optional<std::int64_t> {
    if (i >= call.args.size()) return std::nullopt;
    const Value* value = &call.args[i]->value;
    // A duration is its one field.
    if (const auto* record = value->as<Record>(); record != nullptr && record->fields.size() == 1)
      value = &record->fields.begin()->second->value;
    const auto* known = value->as<llvm::APSInt>();
    return known != nullptr ? std::optional(known->getExtValue()) : std::nullopt;
  };
  if (name == "waitpid") return number(2).value_or(0) != 0;
  if (name == "waitid" || name == "recv" || name == "recvfrom") return number(3).value_or(0) != 0;
  if (name == "recvmsg") return number(2).value_or(0) != 0;
  if (name == "poll") return number(2) == 0;
  if (name == "epoll_wait") return number(3) == 0;
  return name.find("::wait_for") != std::string::npos && number(call.args.size() - 1) == 0;
}

/// Does this read from std::cin or stdin?
bool reads_standard_input(const Call& call, const std::string& name) {
  const bool reads = name == "std::getline" || name == "getline" || name == "fgets" ||
                     name == "std::fgets" || name == "fread" || name == "fgetc" || name == "getc" ||
                     name == "fscanf" || name.find("::operator>>") != std::string::npos ||
                     name.rfind("std::basic_istream::", 0) == 0;
  const auto is_input = [](const Expr* arg) {
    const auto* ref = dyn_cast<DeclRefExpr>(arg->IgnoreParenImpCasts());
    return ref != nullptr && (ref->getDecl()->getQualifiedNameAsString() == "std::cin" ||
                              ref->getDecl()->getQualifiedNameAsString() == "stdin");
  };
  if (!reads) return false;
  const auto* written = dyn_cast<CallExpr>(call.expr);
  if (written == nullptr) return false;
  if (const auto* member = dyn_cast<CXXMemberCallExpr>(written);
      member != nullptr && member->getImplicitObjectArgument() != nullptr &&
      is_input(member->getImplicitObjectArgument()))
    return true;
  return std::any_of(written->arg_begin(), written->arg_end(), is_input);
}

}  // namespace

const BlockingFunction* blocking_function(const Call& call) {
  if (call.callee == nullptr || call.expr == nullptr) return nullptr;
  static const BlockingFunction kStandardInput{"standard input", kInput};
  const std::string name = name_of(call.callee);
  const auto found = functions().find(name);
  if (found != functions().end()) {
    // A function of the user's own may bear a C name.
    const bool own = !call.callee->isInStdNamespace() && !call.callee->isExternC() &&
                     name.rfind("std::", 0) != 0;
    return own || returns_at_once(call, name) ? nullptr : &found->second;
  }
  return reads_standard_input(call, name) ? &kStandardInput : nullptr;
}

}  // namespace mort::analyzer
