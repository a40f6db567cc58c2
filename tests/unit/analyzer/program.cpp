#include "program.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

// Clang 14 itself leaks the arguments of variable template specialisations
// (Sema::CheckVarTemplateId).
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libLLVM\nleak:libclang-cpp\n";
}

namespace mort::test {

const std::string kProbe = R"(#include <mort/task/task.hpp>
namespace m {
struct A { std::int32_t x; };
class Probe : public mort::Task {
 protected:
  void ports(std::string_view name, std::vector<std::string> sub, std::vector<std::string> pub = {}) {
    RegTask(name);
    sub_ = sub;
    pub_ = std::move(pub);
    RegSub(sub_);
    RegPub(pub_);
  }
  void Run() override {
    for (const auto& topic : sub_) Take<A>(topic);
    for (const auto& topic : pub_) Publish(topic, A{});
  }
  std::vector<std::string> sub_, pub_;
};
)";

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "mort_analyzer_XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = std::filesystem::canonical(pattern).string();
}
Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}
std::string Folder::write(const std::string& name, const std::string& text) const {
  const std::string path = path_ + "/" + name;
  std::ofstream(path) << text;
  return path;
}

std::vector<std::string> sdk_flags() {
  const std::string framework = MORT_SOURCE_DIR "/framework/";
  return {"-std=c++20", "-I" + framework + "base/include", "-I" + framework + "message/include",
          "-I" + framework + "task/include"};
}

analyzer::Analysis analyze(const std::string& source) {
  const Folder folder;
  auto result =
      analyzer::analyze({{folder.write("tasks.cpp", source)}, sdk_flags(), folder.path(), 1});
  if (!result) {
    ADD_FAILURE() << to_string(result.error());
    return {};
  }
  return *std::move(result);
}

std::string marked_place(const std::string& source) {
  const std::string mark = "/*^*/";
  const auto at = source.find(mark);
  if (at == std::string::npos) return {};
  const std::string before = source.substr(0, at + mark.size());
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto start = before.rfind('\n') + 1;
  return std::to_string(line) + ":" + std::to_string(before.size() - start + 1);
}

std::string summary(const graph::TaskGraph& graph) {
  std::string text;
  const auto ports = [](const char* name, const std::vector<graph::Port>& list) {
    std::string part;
    for (const auto& port : list) {
      part += (part.empty() ? "" : ",") + std::string(port.feedback ? "~" : "") + port.topic + ":" +
              port.type;
    }
    return part.empty() ? part : " " + std::string(name) + "=" + part;
  };
  for (const auto& task : graph.tasks) {
    text += (text.empty() ? "" : "\n") + task.name;
    if (task.hints.cpu_millis) text += " cpu=" + std::to_string(*task.hints.cpu_millis);
    if (task.hints.period_ns) text += " period=" + std::to_string(*task.hints.period_ns);
    if (task.hints.stack_bytes) text += " stack=" + std::to_string(*task.hints.stack_bytes);
    text += ports("sub", task.sub) + ports("pub", task.pub);
  }
  return text;
}

std::string findings(const analyzer::Analysis& analysis) {
  std::string text;
  for (const auto& found : analysis.diagnostics) {
    text += graph::to_string(found.place) + ": " + found.severity + ": " + found.message + " [" +
            found.code + "]\n";
    for (const auto& note : found.notes) text += "  " + note + "\n";
  }
  return text;
}

}  // namespace mort::test
