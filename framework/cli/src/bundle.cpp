#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "build.hpp"
#include "mort/base/sha256.hpp"

namespace mort::cli {
namespace {

constexpr const char* kManifestName = "job.json";
constexpr const char* kArtifactFolder = "artifacts/";
constexpr std::int64_t kMaxManifest = 64 << 20;

using Archive = std::unique_ptr<archive, int (*)(archive*)>;

Result<void> add_entry(archive* out, const std::string& name, const std::string& content) {
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  const bool written = archive_write_header(out, entry.get()) == ARCHIVE_OK &&
                       archive_write_data(out, content.data(), content.size()) ==
                           static_cast<la_ssize_t>(content.size());
  if (!written)
    return fail(ErrorCode::kFailed,
                std::string("cannot write the bundle: ") + archive_error_string(out));
  return {};
}

Result<std::string> content_of(archive* in, archive_entry* entry, const std::string& path) {
  const la_int64_t size = archive_entry_size(entry);
  if (size < 0 || size > graph::kMaxArtifactBytes)
    return fail(ErrorCode::kInvalid, "an entry of the bundle is too large", path);
  std::string content(static_cast<std::size_t>(size), '\0');
  if (archive_read_data(in, content.data(), content.size()) != size) {
    return fail(ErrorCode::kInvalid, "the bundle is truncated", path,
                "build it again with `mort build`");
  }
  return content;
}

}  // namespace

Result<void> write_bundle(const BuiltJob& job, const std::string& path) {
  const Archive out(archive_write_new(), archive_write_free);
  archive_write_set_format_pax_restricted(out.get());
  if (archive_write_open_filename(out.get(), path.c_str()) != ARCHIVE_OK) {
    return fail(ErrorCode::kFailed,
                std::string("cannot write the bundle: ") + archive_error_string(out.get()), path);
  }
  MORT_TRY_VOID(add_entry(out.get(), kManifestName, to_json(job.manifest)));
  for (const auto& [sha256, file] : job.files) {
    std::ifstream in(file, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(in)),
                              std::istreambuf_iterator<char>());
    MORT_TRY_VOID(add_entry(out.get(), kArtifactFolder + sha256, content));
  }
  if (archive_write_close(out.get()) != ARCHIVE_OK)
    return fail(ErrorCode::kFailed, "cannot write the bundle", path, "free disk space");
  return {};
}

Result<BuiltJob> read_bundle(const std::string& path, const std::string& folder) {
  const Archive in(archive_read_new(), archive_read_free);
  archive_read_support_format_tar(in.get());
  const auto unsound = [&](const std::string& why) {
    return fail(ErrorCode::kInvalid, "not a sound bundle: " + why, path,
                "build it again with `mort build`");
  };
  if (archive_read_open_filename(in.get(), path.c_str(), 1 << 16) != ARCHIVE_OK)
    return unsound("it cannot be read as tar");
  BuiltJob job;
  bool has_manifest = false;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(in.get(), &entry) == ARCHIVE_OK) {
    const std::string name =
        archive_entry_pathname(entry) == nullptr ? "" : archive_entry_pathname(entry);
    MORT_TRY(content, content_of(in.get(), entry, path));
    if (name == kManifestName) {
      if (content.size() > static_cast<std::size_t>(kMaxManifest))
        return unsound("its manifest is too large");
      MORT_TRY(manifest, graph::manifest_from_json(content));
      job.manifest = std::move(manifest);
      has_manifest = true;
      continue;
    }
    const std::string sha256 =
        name.rfind(kArtifactFolder, 0) == 0 ? name.substr(std::string(kArtifactFolder).size()) : "";
    if (!is_sha256_hex(sha256)) return unsound("unexpected entry \"" + name + "\"");
    if (sha256_hex(content) != sha256)
      return unsound("artifact " + sha256.substr(0, 12) +
                     " has another content than its name says");
    const std::string file = folder + "/" + sha256;
    std::ofstream(file, std::ios::binary) << content;
    job.files[sha256] = file;
  }
  if (!has_manifest) return unsound("it has no " + std::string(kManifestName));
  for (const graph::Artifact& artifact : job.manifest.artifacts) {
    if (!job.files.contains(artifact.sha256))
      return unsound("artifact " + artifact.sha256.substr(0, 12) + " is missing");
  }
  return job;
}

}  // namespace mort::cli
