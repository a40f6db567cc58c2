// Expected failure as a value: Error says what, where, and how to cure it.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace mort {

/// What kind of failure; each kind is one process exit code (SPEC 10).
enum class ErrorCode {
  kFailed = 1,       ///< the job or check ran and failed
  kInvalid = 2,      ///< input refused: usage, YAML, source, graph, artifact
  kInfeasible = 3,   ///< nothing fits
  kDenied = 4,       ///< denied by rights
  kUnreachable = 5,  ///< fleet unreachable or timed out
  kInterrupted = 130
};

/// A failure that a person can act upon.
struct Error {
  ErrorCode code = ErrorCode::kFailed;
  std::string message;  ///< one line of cause
  std::string where;    ///< "file:line:column", "file" or empty
  std::string cure;     ///< one line that says what to do, or empty
};

/// The process exit code that belongs to `error`.
int exit_code(const Error& error);

/// "where: message\n  cure: ..." for stderr.
std::string to_string(const Error& error);

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string where = {},
                                  std::string cure = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(where), std::move(cure)});
}

/// Aborts with file and line when `condition` is false; on in release builds too.
#define MORT_CHECK(condition)                                               \
  do {                                                                      \
    if (!(condition)) ::mort::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

/// Passes an error on: `MORT_TRY(value, expression);` declares `value`.
#define MORT_CONCAT_(a, b) a##b
#define MORT_CONCAT(a, b) MORT_CONCAT_(a, b)
#define MORT_TRY(variable, expression)                                                       \
  auto MORT_CONCAT(result_, __LINE__) = (expression);                                        \
  if (!MORT_CONCAT(result_, __LINE__))                                                       \
    return tl::unexpected<::mort::Error>(std::move(MORT_CONCAT(result_, __LINE__)).error()); \
  auto variable = std::move(*MORT_CONCAT(result_, __LINE__))

/// The same for Result<void>.
#define MORT_TRY_VOID(expression)                                                          \
  if (auto MORT_CONCAT(result_, __LINE__) = (expression); !MORT_CONCAT(result_, __LINE__)) \
  return tl::unexpected<::mort::Error>(std::move(MORT_CONCAT(result_, __LINE__)).error())

}  // namespace mort
