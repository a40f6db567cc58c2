// Message structs as CDR can carry them.
#pragma once

#include <clang/AST/ASTContext.h>

#include <map>
#include <set>
#include <string>

#include "source/reporter.hpp"

namespace mort::analyzer {

/// Adds message types to the type table, and refuses what cannot be sent.
class MessageTypes {
 public:
  MessageTypes(clang::ASTContext& context, const Reporter& reporter, Unit& unit)
      : context_(context), reporter_(reporter), unit_(unit) {}

  /// The qualified name of message type `type`, used at `use`; empty after an error.
  std::string add_message(clang::QualType type, clang::SourceLocation use);

 private:
  std::string add_record(const clang::CXXRecordDecl* record, clang::SourceLocation use);
  std::string add_enum(const clang::EnumDecl* declaration, clang::SourceLocation use);
  std::string field_type(clang::QualType type, const std::string& owner, const std::string& field,
                         clang::SourceLocation place);
  std::string usable_name(const clang::TagDecl* declaration, clang::SourceLocation use);

  clang::ASTContext& context_;
  const Reporter& reporter_;
  Unit& unit_;
  std::map<const clang::TagDecl*, std::string> known_;  ///< empty name: refused
  std::set<const clang::TagDecl*> open_;  ///< being added: a second visit is a recursion
};

}  // namespace mort::analyzer
