// The codes of findings; each has a section with an example in analyzer/doc/findings.md.
#pragma once

#include <string_view>
#include <vector>

namespace mort::analyzer {

enum class Kind {
  kRefusal,  ///< what cannot be read or known: there is no sound graph (exit code 2)
  kError,    ///< a fault in a sound graph (exit code 1)
  kWarning
};

struct FindingCode {
  std::string_view code;
  Kind kind;
  std::string_view summary;  ///< one sentence
};

/// Every code, sorted.
const std::vector<FindingCode>& finding_codes();
/// Null for a code that is none.
const FindingCode* find_code(std::string_view code);

}  // namespace mort::analyzer
