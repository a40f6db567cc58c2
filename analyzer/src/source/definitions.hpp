// What a source defines for other sources, and what its code means, so that it can be read together
// with another source without a change of meaning.
#pragma once

#include <clang/AST/ASTContext.h>

#include <string>
#include <vector>

#include "source/unit.hpp"

namespace mort::analyzer {

/// Clang's USR (unified symbol resolution): the same text for a declaration in each source.
std::string usr_of(const clang::Decl* decl);

/// Fills `defines` (of the first of `sources`) and `digests` (of each) of the unit. The paths are
/// those under which the files were opened.
void read_definitions(clang::ASTContext& context, const std::vector<std::string>& sources,
                      Unit& unit);

}  // namespace mort::analyzer
