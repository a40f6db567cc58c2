// Message types as OMG IDL, for programs that talk to Mort over DDS.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/graph/task_graph.hpp"

namespace mort::graph {

/// The IDL 4.2 of `roots` and of all that they are made of (every type where `roots` is empty):
/// modules for namespaces, what is used before what uses it. Its plain CDR (XCDR1) is what Mort
/// puts on the wire.
///
/// Types keep their names, as DDS matches by them. Fields and enumerators, whose names do not
/// travel, get others where IDL has no room for theirs: it takes upper and lower case as equal, and
/// keeps enumerators beside types. Enumerators that do not count from 0 say their values, with
/// fillers in the gaps for compilers that know no @value. An enum with enumerators beyond 0 to 255,
/// or of 64 bits, is a number with constants. An optional is a sequence of at most one, a map a
/// sequence of pairs, a time a number of nanoseconds.
///
/// Errors: kInvalid for roots that are not in the table, and for types that IDL cannot say (names
/// that differ in case only, structs without fields).
Result<std::string> to_idl(const TypeTable& types, const std::vector<std::string>& roots = {});

/// The same types under the names that `name_of` gives them, without their places.
TypeTable renamed(const TypeTable& types,
                  const std::function<std::string(const std::string&)>& name_of);

}  // namespace mort::graph
