// What a source defines for other sources, and what its code means, so that it can be read together
// with another source without a change of meaning.
#pragma once

#include <clang/AST/ASTContext.h>

#include <string>

#include "source/unit.hpp"

namespace mort::analyzer {

/// Clang's USR (unified symbol resolution): the same text for a declaration in each source.
std::string usr_of(const clang::Decl* decl);

/// A digest of what a class and its functions mean.
std::string meaning_of(const clang::CXXRecordDecl* cls);

/// Fills `defines`, for the source with path `source`, and `meanings`, for every declaration
/// outside of system headers.
void read_definitions(clang::ASTContext& context, const std::string& source, Unit& unit);

}  // namespace mort::analyzer
