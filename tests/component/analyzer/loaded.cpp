#include "loaded.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace mort::test {

std::vector<Loaded> load(const std::string& library) {
  const std::size_t before = task_factories().size();
  if (dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) {
    const char* const why = dlerror();
    throw std::runtime_error(why != nullptr ? why : library);
  }
  std::vector<Loaded> tasks;
  for (std::size_t i = before; i < task_factories().size(); ++i) {
    try {
      tasks.push_back({task_factories()[i]()->registration(), {}});
    } catch (const std::exception& error) {
      tasks.push_back({{}, error.what()});
    }
  }
  return tasks;
}

std::string line_of(const Registration& registration) {
  std::string line = registration.name;
  if (const auto millis = std::llround(registration.cpu * 1000); millis != 0)
    line += " cpu=" + std::to_string(millis);
  if (registration.period.count() != 0)
    line += " period=" + std::to_string(registration.period.count());
  if (registration.stack_bytes != 0) line += " stack=" + std::to_string(registration.stack_bytes);
  const auto& feedback = registration.feedback;
  const auto ports = [&](const char* name, const std::vector<std::string>& topics) {
    for (const std::string& topic : topics) {
      line += &topic == topics.data() ? " " + std::string(name) + "=" : ",";
      if (&topics == &registration.sub &&
          std::find(feedback.begin(), feedback.end(), topic) != feedback.end())
        line += "~";
      line += topic;
    }
  };
  ports("sub", registration.sub);
  ports("pub", registration.pub);
  return line;
}

}  // namespace mort::test
