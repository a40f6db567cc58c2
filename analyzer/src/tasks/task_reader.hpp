// The tasks that a source registers.
#pragma once

#include <clang/AST/ASTContext.h>

#include "source/reporter.hpp"

namespace mort::analyzer {

/// Reads every task that this source registers.
void read_tasks(clang::ASTContext& context, const Reporter& reporter, Unit& unit);

}  // namespace mort::analyzer
