#include "source/compile_command.hpp"

#include <llvm/ADT/BitVector.h>
#include <llvm/Support/Allocator.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/StringSaver.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace mort::analyzer {

namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

constexpr std::uintmax_t kMaxDatabaseBytes = std::uintmax_t{256} << 20;
constexpr std::size_t kMaxFlags = 10'000;

bool starts_with_any(const std::string& flag, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return flag.rfind(prefix, 0) == 0; });
}

/// Flags whose value is the next argument, with what to do with them.
bool takes_value(const std::string& flag, bool& reads) {
  static const std::vector<std::string> kReading = {
      "-I",       "-D",       "-U",        "-isystem",  "-iquote", "-idirafter",
      "-include", "-imacros", "-isysroot", "--sysroot", "-target"};
  static const std::vector<std::string> kOther = {"-Xclang",
                                                  "-mllvm",
                                                  "-o",
                                                  "-load",
                                                  "-MF",
                                                  "-MT",
                                                  "-MQ",
                                                  "-x",
                                                  "-Xlinker",
                                                  "-Xassembler",
                                                  "-Xpreprocessor",
                                                  "-arch",
                                                  "--config",
                                                  "-L",
                                                  "-l",
                                                  "-T",
                                                  "--param",
                                                  "-specs",
                                                  "-wrapper",
                                                  "-dumpdir",
                                                  "-dumpbase",
                                                  "-aux-info",
                                                  "-Xcompiler",
                                                  "-z"};
  reads = std::find(kReading.begin(), kReading.end(), flag) != kReading.end();
  return reads || std::find(kOther.begin(), kOther.end(), flag) != kOther.end();
}

/// Does this flag, which is one argument, only say how to read C++?
bool only_reads(const std::string& flag) {
  static const std::vector<std::string> kExact = {"-pthread",
                                                  "-fexceptions",
                                                  "-fno-exceptions",
                                                  "-frtti",
                                                  "-fno-rtti",
                                                  "-fchar8_t",
                                                  "-fno-char8_t",
                                                  "-fsigned-char",
                                                  "-fno-signed-char",
                                                  "-funsigned-char",
                                                  "-fno-unsigned-char",
                                                  "-fshort-wchar",
                                                  "-fshort-enums",
                                                  "-fPIC",
                                                  "-fpic",
                                                  "-fPIE",
                                                  "-fpie",
                                                  "-fcoroutines",
                                                  "-ffast-math",
                                                  "-nostdinc",
                                                  "-nostdinc++",
                                                  "-pedantic",
                                                  "-w",
                                                  "-ansi",
                                                  "-fopenmp",
                                                  "-m32",
                                                  "-m64"};
  static const std::vector<std::string> kPrefixes = {"-I",
                                                     "-D",
                                                     "-U",
                                                     "-isystem",
                                                     "-iquote",
                                                     "-idirafter",
                                                     "-std=",
                                                     "--std=",
                                                     "-stdlib=",
                                                     "-W",
                                                     "-O",
                                                     "-g",
                                                     "--sysroot=",
                                                     "--target=",
                                                     "-include",
                                                     "-imacros",
                                                     "-ftemplate-depth",
                                                     "-fconstexpr-",
                                                     "-fpack-struct",
                                                     "-march=",
                                                     "-mcpu=",
                                                     "-mtune=",
                                                     "-mfpu=",
                                                     "-mfloat-abi=",
                                                     "-mabi=",
                                                     "-msse",
                                                     "-mavx",
                                                     "-mfma",
                                                     "-mno-"};
  static const std::vector<std::string> kNot = {"-Wp,", "-Wa,", "-Wl,", "-gcc-toolchain",
                                                "-include-pch"};
  if (std::find(kExact.begin(), kExact.end(), flag) != kExact.end()) return true;
  return starts_with_any(flag, kPrefixes) && !starts_with_any(flag, kNot);
}

/// Is this a flag for code generation, output or linking, which changes nothing about how the
/// source reads? Flags of features (-f...) are, but for those that are obeyed or load code.
bool says_nothing(const std::string& flag) {
  static const std::vector<std::string> kExact = {
      "-c",        "-s",      "-S",        "-E",       "-v",       "-r",          "-pipe",
      "-static",   "-shared", "-rdynamic", "-pie",     "-no-pie",  "-p",          "-pg",
      "-nostdlib", "-o",      "-x",        "-arch",    "-Xlinker", "-Xassembler", "-z",
      "-T",        "--param", "-dumpdir",  "-dumpbase"};
  if (std::find(kExact.begin(), kExact.end(), flag) != kExact.end()) return true;
  return starts_with_any(flag, {"-o", "-M", "-l", "-L", "-x", "-f", "-m", "-Wl,", "-Wa,", "-Wp,-M",
                                "-static-", "-save-temps"}) &&
         !starts_with_any(flag,
                          {"-fplugin", "-fpass-plugin", "-fmodule", "-fms", "-mllvm", "-module"});
}

/// "aarch64-linux-gnu" of "/usr/bin/aarch64-linux-gnu-g++-12"; empty when the compiler's name has
/// none.
std::string target_of(const std::string& compiler) {
  const std::string name = fs::path(compiler).filename().string();
  for (const char* known : {"-g++", "-gcc", "-c++", "-clang++", "-clang"}) {
    const std::size_t end = name.find(known);
    if (end != std::string::npos &&
        std::count(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(end), '-') >= 2)
      return name.substr(0, end);
  }
  return {};
}

/// "-DNAME=1" or "-UNAME", alone: several are parted by commas.
bool is_macro(const std::string& flag) {
  return starts_with_any(flag, {"-D", "-U"}) && flag.find(',') == std::string::npos;
}

std::vector<std::string> split(const std::string& command) {
  llvm::BumpPtrAllocator memory;
  llvm::StringSaver saver(memory);
  llvm::SmallVector<const char*, 64> parts;
  llvm::cl::TokenizeGNUCommandLine(command, saver, parts);
  return {parts.begin(), parts.end()};
}

std::string real_path(const std::string& directory, const std::string& file) {
  std::error_code bad;
  const fs::path path = fs::path(directory) / file;
  const fs::path real = fs::weakly_canonical(path, bad);
  return bad ? path.lexically_normal().string() : real.string();
}

/// The arguments without the compiler and the source.
std::vector<std::string> flags_of(std::vector<std::string> arguments, const std::string& directory,
                                  const std::string& source) {
  std::vector<std::string> flags;
  if (arguments.empty()) return flags;
  if (const std::string target = target_of(arguments[0]); !target.empty())
    flags.push_back("--target=" + target);
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string& flag = arguments[i];
    if (!flag.empty() && flag[0] != '-' && flag[0] != '@' && real_path(directory, flag) == source)
      continue;
    flags.push_back(flag);
  }
  return flags;
}

}  // namespace

CompileCommand reading_command(const std::vector<std::string>& flags) {
  CompileCommand command;
  for (std::size_t i = 0; i < flags.size() && i < kMaxFlags; ++i) {
    const std::string& flag = flags[i];
    if (flag.empty()) continue;
    bool reads = false;
    if (takes_value(flag, reads)) {
      const std::string value = i + 1 < flags.size() ? flags[++i] : "";
      if (reads && !value.empty() && value[0] != '@') {
        command.flags.insert(command.flags.end(), {flag, value});
      } else if (flag == "-Xpreprocessor" && is_macro(value)) {
        command.flags.push_back(value);
      } else if (!says_nothing(flag)) {
        command.ignored.push_back(flag + " " + value);
      }
    } else if (flag.rfind("-Wp,", 0) == 0 && is_macro(flag.substr(4))) {
      command.flags.push_back(flag.substr(4));
    } else if (flag.rfind("--define-macro=", 0) == 0) {
      command.flags.push_back("-D" + flag.substr(15));
    } else if (flag[0] == '-' && only_reads(flag)) {
      command.flags.push_back(flag);
    } else if (!says_nothing(flag)) {
      command.ignored.push_back(flag);
    }
  }
  return command;
}

std::vector<std::string> driver_arguments(const CompileCommand& command,
                                          const std::string& source) {
  std::vector<std::string> arguments = {MORT_CLANG_RESOURCE_DIR "/../../../bin/clang++",
                                        "-fsyntax-only", "-resource-dir", MORT_CLANG_RESOURCE_DIR,
                                        "-std=c++20"};
  if (!command.directory.empty())
    arguments.insert(arguments.end(), {"-working-directory", command.directory});
  arguments.insert(arguments.end(), command.flags.begin(), command.flags.end());
  arguments.insert(arguments.end(),
                   {"-w", "-ferror-limit=100", "-fno-caret-diagnostics", "-x", "c++", source});
  return arguments;
}

Result<CompilationDatabase> CompilationDatabase::load(const std::string& build_dir) {
  CompilationDatabase database;
  std::error_code bad;
  database.file_ = fs::is_directory(build_dir, bad)
                       ? (fs::path(build_dir) / "compile_commands.json").string()
                       : build_dir;
  const auto refuse = [&](const std::string& what, const std::string& cure) {
    return fail(ErrorCode::kInvalid, what, database.file_, cure);
  };
  const auto size = fs::file_size(database.file_, bad);
  std::ifstream file(database.file_, std::ios::binary);
  if (bad || !file)
    return refuse(
        "there are no compile commands",
        "configure with cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, or name the folder that "
        "has compile_commands.json");
  if (size > kMaxDatabaseBytes) return refuse("it is larger than 256 MiB", "split the build");
  std::stringstream text;
  text << file.rdbuf();
  const Json all = Json::parse(text.str(), nullptr, false);
  if (!all.is_array())
    return refuse("it is no JSON array of compile commands", "let CMake write it again");
  std::size_t number = 0;
  for (const Json& entry : all) {
    const std::string where = "entry " + std::to_string(number++) + " ";
    const auto text_of = [&](const char* key) -> const std::string* {
      return entry.is_object() && entry.contains(key) ? entry[key].get_ptr<const std::string*>()
                                                      : nullptr;
    };
    const std::string* directory = text_of("directory");
    const std::string* source = text_of("file");
    const std::string* command = text_of("command");
    const bool listed = entry.is_object() && entry.contains("arguments");
    if (directory == nullptr || source == nullptr || (command == nullptr && !listed))
      return refuse(where + "lacks \"directory\", \"file\" or \"command\"",
                    "let CMake write it again");
    std::vector<std::string> arguments;
    if (listed) {
      for (const Json& argument : entry["arguments"]) {
        if (!argument.is_string())
          return refuse(where + "has an argument that is no text", "let CMake write it again");
        arguments.push_back(argument);
      }
    } else {
      arguments = split(*command);
    }
    if (arguments.size() > kMaxFlags)
      return refuse(where + "has more than 10 000 arguments", "split the command");
    const std::string base =
        (fs::absolute(database.file_).parent_path() / *directory).lexically_normal().string();
    const std::string path = real_path(base, *source);
    CompileCommand reading = reading_command(flags_of(std::move(arguments), base, path));
    reading.directory = base;
    database.commands_.emplace(path, std::move(reading));
  }
  return database;
}

Result<CompileCommand> CompilationDatabase::command_of(const std::string& source) const {
  const auto found = commands_.find(real_path("", source));
  if (found == commands_.end())
    return fail(ErrorCode::kInvalid, "there is no compile command for " + source, file_,
                "add the source to that build, or leave -p out to use Mort's own flags");
  return found->second;
}

}  // namespace mort::analyzer
