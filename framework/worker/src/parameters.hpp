// The parameters of a job as its tasks read them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace mort::worker {

using Parameters = std::map<std::string, std::string>;

/// Throws std::out_of_range when there is none of that name.
std::string param_of(const Parameters& params, std::string_view name);
/// The same as a number; throws std::invalid_argument when it is none.
std::int64_t int_param_of(const Parameters& params, std::string_view name);

}  // namespace mort::worker
