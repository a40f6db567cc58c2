// analyzer_oracle LIBRARY: what the tasks of a library register when they are made, as JSON.
#include <iostream>
#include <nlohmann/json.hpp>

#include "loaded.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "analyzer_oracle LIBRARY\n";
    return 2;
  }
  try {
    auto tasks = nlohmann::json::array();
    for (const auto& [registration, error] : mort::test::load(argv[1])) {
      if (!error.empty()) {
        tasks.push_back({{"error", error}});
        continue;
      }
      tasks.push_back({{"name", registration.name},
                       {"cpu", registration.cpu},
                       {"period_ns", registration.period.count()},
                       {"stack_bytes", registration.stack_bytes},
                       {"sub", registration.sub},
                       {"pub", registration.pub}});
    }
    std::cout << tasks.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
  return 0;
}
