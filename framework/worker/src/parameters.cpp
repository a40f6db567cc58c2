#include "parameters.hpp"

#include <charconv>
#include <stdexcept>

namespace mort::worker {

std::string param_of(const Parameters& params, std::string_view name) {
  const auto found = params.find(std::string(name));
  if (found == params.end()) {
    throw std::out_of_range("the job has no parameter \"" + std::string(name) +
                            "\"; declare it under params: in the job YAML");
  }
  return found->second;
}

std::int64_t int_param_of(const Parameters& params, std::string_view name) {
  const std::string text = param_of(params, name);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument("parameter " + std::string(name) + " is not a whole number: \"" +
                                text + "\"");
  }
  return number;
}

}  // namespace mort::worker
