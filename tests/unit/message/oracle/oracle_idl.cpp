// Prints the IDL of the aggregates in oracle_test.cpp, as Mort writes it.
#include <cstdio>

#include "mort/graph/idl.hpp"

int main() {
  mort::graph::TypeTable types;
  types.enums["oracle::Colour"] = {{{"kRed", 0}, {"kGreen", 1}, {"kBlue", 2}}};
  types.enums["oracle::Sparse"] = {{{"kRed", 2}, {"kFar", 200}, {"kNear", 3}}};
  types.enums["oracle::Level"] = {{{"kLow", -100}, {"kHigh", 1000}}, "int16"};
  types.enums["oracle::Mask"] = {{{"kFirst", 1}, {"kSecond", 2}}, "uint64"};
  types.structs["Point"] = {{{"x", "int8"}, {"y", "double"}}};
  types.structs["oracle::Inner"] = {{{"a", "int16"}, {"text", "string"}, {"tail", "uint8"}}};
  types.structs["oracle::deeper::Leaf"] = {{{"colour", "oracle::Colour"}, {"point", "Point"}}};
  types.structs["oracle::All"] = {{{"flag", "bool"},
                                   {"letter", "char"},
                                   {"small_number", "uint8"},
                                   {"i16", "int16"},
                                   {"u16", "uint16"},
                                   {"i32", "int32"},
                                   {"u32", "uint32"},
                                   {"i64", "int64"},
                                   {"u64", "uint64"},
                                   {"f", "float"},
                                   {"d", "double"},
                                   {"tint", "oracle::Colour"},
                                   {"text", "string"},
                                   {"bytes", "sequence<uint8>"},
                                   {"bits", "sequence<bool>"},
                                   {"doubles", "sequence<double>"},
                                   {"words", "sequence<string>"},
                                   {"three", "array<int32,3>"},
                                   {"pair", "array<oracle::Inner,2>"},
                                   {"many", "sequence<oracle::Inner>"},
                                   {"nested", "oracle::Inner"},
                                   {"colours", "sequence<oracle::Colour>"},
                                   {"i8", "int8"},
                                   {"grid", "array<array<int16,3>,2>"},
                                   {"rows", "sequence<array<double,2>>"},
                                   {"lists", "sequence<sequence<int32>>"},
                                   {"both", "array<sequence<string>,2>"},
                                   {"sparse", "oracle::Sparse"},
                                   {"leaves", "sequence<oracle::deeper::Leaf>"},
                                   {"module", "uint16"},
                                   {"maybe", "optional<oracle::Inner>"},
                                   {"level", "oracle::Level"},
                                   {"masks", "sequence<oracle::Mask>"},
                                   {"gains", "map<string,optional<double>>"},
                                   {"age", "duration"},
                                   {"at", "optional<time_point>"}}};
  const auto idl = mort::graph::to_idl(types, {"oracle::All"});
  if (!idl) {
    std::fprintf(stderr, "%s\n", to_string(idl.error()).c_str());
    return 1;
  }
  std::fputs(idl->c_str(), stdout);
}
