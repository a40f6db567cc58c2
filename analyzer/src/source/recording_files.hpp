// A file system that remembers what was looked for in vain.
#pragma once

#include <llvm/Support/VirtualFileSystem.h>

#include <set>
#include <string>

namespace mort::analyzer {

class RecordingFiles : public llvm::vfs::ProxyFileSystem {
 public:
  using ProxyFileSystem::ProxyFileSystem;

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine& path) override {
    auto found = ProxyFileSystem::status(path);
    if (!found) remember(path);
    return found;
  }
  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(
      const llvm::Twine& path) override {
    auto file = ProxyFileSystem::openFileForRead(path);
    if (!file) remember(path);
    return file;
  }

  /// Absolute paths.
  const std::set<std::string>& missing() const { return missing_; }

 private:
  void remember(const llvm::Twine& path) {
    llvm::SmallString<256> absolute;
    path.toVector(absolute);
    if (!makeAbsolute(absolute)) missing_.insert(std::string(absolute));
  }

  std::set<std::string> missing_;
};

}  // namespace mort::analyzer
