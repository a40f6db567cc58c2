#include "mort/agent/artifacts.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "mort/base/log.hpp"
#include "mort/base/sha256.hpp"
#include "mort/message/message.hpp"

namespace mort::agent {

namespace fs = std::filesystem;

/// Asks agent `to` for chunks [first, first + count) of an artifact.
struct ChunkRequest {
  std::string from;
  std::string to;
  std::string sha256;
  std::uint64_t size = 0;
  std::uint64_t chunk_size = 0;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

struct ArtifactChunk {
  std::string to;
  std::string sha256;
  std::uint32_t index = 0;
  std::vector<std::uint8_t> bytes;
};

namespace {

constexpr std::uint32_t kWindow = 8;  ///< chunks asked for at once
constexpr Nanoseconds kRetry = std::chrono::seconds(1);
constexpr Nanoseconds kPatience = std::chrono::seconds(60);

/// Each agent reads a chunk topic of its own: a chunk goes to the one that asked, not to the whole
/// fleet.
bus::TopicSpec chunk_topic(const std::string& node) {
  return {"mort/artifact_chunk/" + node, message_type<ArtifactChunk>().name};
}

/// Transient local, so that the chunks asked for first wait for the reader that is still being
/// matched.
bus::Qos chunk_qos() {
  bus::Qos qos;
  qos.depth = 2 * kWindow;
  qos.transient_local = true;
  qos.bulk = true;
  qos.heartbeat = std::chrono::milliseconds(50);
  return qos;
}

std::string hash_of(const std::vector<std::uint8_t>& bytes) {
  return sha256_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

namespace {

/// Of a file, or of the names in a folder.
bool sync(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = fsync(fd) == 0;
  const int why = errno;
  close(fd);
  errno = why;
  return done;
}

}  // namespace

ArtifactStore::ArtifactStore(std::string folder) : folder_(std::move(folder)) {}

Result<void> ArtifactStore::open() {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error)
    return fail(ErrorCode::kFailed, "cannot create the artifact folder: " + error.message(),
                folder_);
  return {};
}

bool ArtifactStore::has(const std::string& sha256) const {
  return is_sha256_hex(sha256) && fs::exists(path(sha256));
}

bool ArtifactStore::check(const std::string& sha256) const {
  if (!has(sha256)) return false;
  const auto hash = sha256_file(path(sha256));
  if (hash && *hash == sha256) return true;
  log::warning("artifact " + sha256.substr(0, 12) + " on the disk is damaged: removed");
  std::error_code ignored;
  fs::remove(path(sha256), ignored);
  return false;
}

std::string ArtifactStore::path(const std::string& sha256) const {
  return folder_ + "/" + sha256;
}

std::string ArtifactStore::temporary_path() const {
  static std::atomic<std::uint64_t> counter{0};
  return folder_ + "/upload-" + std::to_string(getpid()) + "-" + std::to_string(++counter);
}

Result<void> ArtifactStore::adopt(const std::string& file, const std::string& sha256) const {
  std::error_code ignored;
  auto hash = sha256_file(file);
  if (!hash || *hash != sha256) {
    fs::remove(file, ignored);
    if (!hash) return tl::unexpected<Error>(hash.error());
    return fail(ErrorCode::kInvalid, "the content has SHA-256 " + *hash + ", not " + sha256, file,
                "send it again");
  }
  std::error_code error;
  if (!sync(file)) error = std::error_code(errno, std::generic_category());
  if (!error) fs::rename(file, path(sha256), error);
  if (!error && !sync(folder_)) error = std::error_code(errno, std::generic_category());
  if (!error) return {};
  fs::remove(file, ignored);
  return fail(ErrorCode::kFailed, "cannot keep the artifact: " + error.message(), path(sha256),
              "free disk space in the data directory");
}

Result<std::vector<std::uint8_t>> ArtifactStore::read_chunk(const graph::Artifact& artifact,
                                                            std::size_t index) const {
  const auto offset = static_cast<std::int64_t>(index) * artifact.chunk_size;
  if (offset >= artifact.size) return fail(ErrorCode::kInvalid, "no such chunk");
  std::vector<std::uint8_t> bytes(
      static_cast<std::size_t>(std::min(artifact.chunk_size, artifact.size - offset)));
  std::ifstream file(path(artifact.sha256), std::ios::binary);
  file.seekg(offset);
  if (!file.read(reinterpret_cast<char*>(bytes.data()),
                 static_cast<std::streamsize>(bytes.size()))) {
    return fail(ErrorCode::kFailed, "the artifact is not here or is shorter than it should be",
                path(artifact.sha256));
  }
  return bytes;
}

/// One artifact on its way here.
struct ArtifactExchange::Fetch {
  graph::Artifact artifact;
  std::vector<std::string> holders;
  std::size_t holder = 0;
  std::vector<bool> have;
  std::size_t missing = 0;
  Nanoseconds last_progress{0};
  scheduler::Lane::TimerId retry = 0;
  std::uint32_t asked_until = 0;
  std::vector<Done> waiting;
};

ArtifactExchange::ArtifactExchange(std::string node, const ArtifactStore& store,
                                   scheduler::Lane& lane, bus::Bus& bus)
    : node_(std::move(node)), store_(store), lane_(lane), bus_(bus) {}
ArtifactExchange::~ArtifactExchange() = default;

Result<void> ArtifactExchange::open() {
  const bus::EndpointInfo info{node_, {}, 0};
  bus::Qos qos;
  qos.depth = 64;
  qos.heartbeat = std::chrono::milliseconds(200);
  const bus::TopicSpec requests{"mort/artifact_request", message_type<ChunkRequest>().name};
  MORT_TRY(request_writer, bus_.create_writer(requests, qos, info, {}));
  request_writer_ = std::move(request_writer);
  bus::Events on_request;
  on_request.on_data = [this] { lane_.post([this] { read_requests(); }); };
  MORT_TRY(request_reader, bus_.create_reader(requests, qos, info, std::move(on_request)));
  request_reader_ = std::move(request_reader);
  bus::Events on_chunk;
  on_chunk.on_data = [this] { lane_.post([this] { read_chunks(); }); };
  MORT_TRY(chunk_reader,
           bus_.create_reader(chunk_topic(node_), chunk_qos(), info, std::move(on_chunk)));
  chunk_reader_ = std::move(chunk_reader);
  return {};
}

void ArtifactExchange::fetch(const graph::Artifact& artifact, std::vector<std::string> holders,
                             Done done) {
  if (store_.has(artifact.sha256)) return done({});
  std::erase(holders, node_);
  auto& slot = fetches_[artifact.sha256];
  if (slot) {
    slot->waiting.push_back(std::move(done));
    return;
  }
  slot = std::make_unique<Fetch>();
  Fetch& fetch = *slot;
  fetch.artifact = artifact;
  fetch.holders = std::move(holders);
  fetch.waiting.push_back(std::move(done));
  fetch.have.resize(artifact.chunks.size());
  fetch.missing = artifact.chunks.size();
  fetch.last_progress = lane_.clock().now();
  // Resume: whatever an earlier try wrote counts when its hash is right.
  const std::string partial_path = store_.partial_path(artifact.sha256);
  std::error_code error;
  const auto there = fs::file_size(partial_path, error);
  if (!error && there > static_cast<std::uintmax_t>(artifact.size)) {
    fs::resize_file(partial_path, static_cast<std::uintmax_t>(artifact.size), error);
  }
  std::ifstream partial(partial_path, std::ios::binary);
  for (std::size_t i = 0; partial && i < artifact.chunks.size(); ++i) {
    const std::int64_t offset = static_cast<std::int64_t>(i) * artifact.chunk_size;
    std::vector<std::uint8_t> bytes(
        static_cast<std::size_t>(std::min(artifact.chunk_size, artifact.size - offset)));
    partial.seekg(offset);
    if (!partial.read(reinterpret_cast<char*>(bytes.data()),
                      static_cast<std::streamsize>(bytes.size())))
      break;
    if (hash_of(bytes) != artifact.chunks[i]) continue;
    fetch.have[i] = true;
    --fetch.missing;
  }
  if (artifact.size == 0) std::ofstream{partial_path};  // no chunk will make the file
  if (fetch.missing == 0) return finish(artifact.sha256, {});
  request(fetch);
  schedule_retry(artifact.sha256);
}

void ArtifactExchange::request(Fetch& fetch) {
  if (fetch.holders.empty()) return;
  const auto first = static_cast<std::uint32_t>(
      std::find(fetch.have.begin(), fetch.have.end(), false) - fetch.have.begin());
  const auto total = static_cast<std::uint32_t>(fetch.artifact.chunks.size());
  fetch.asked_until = std::min(first + kWindow, total);
  const ChunkRequest wanted{node_,
                            fetch.holders[fetch.holder % fetch.holders.size()],
                            fetch.artifact.sha256,
                            static_cast<std::uint64_t>(fetch.artifact.size),
                            static_cast<std::uint64_t>(fetch.artifact.chunk_size),
                            first,
                            fetch.asked_until - first};
  request_writer_->write(message::encode(wanted));
}

void ArtifactExchange::schedule_retry(const std::string& sha256) {
  Fetch& fetch = *fetches_.at(sha256);
  fetch.retry = lane_.after(kRetry, [this, sha256] {
    const auto found = fetches_.find(sha256);
    if (found == fetches_.end()) return;
    Fetch& late = *found->second;
    const Nanoseconds stalled = lane_.clock().now() - late.last_progress;
    if (stalled > kPatience) {
      return finish(sha256,
                    fail(ErrorCode::kUnreachable, "no agent sends artifact " + sha256.substr(0, 12),
                         {}, "check that the node that submitted the job is up and reachable"));
    }
    if (stalled >= kRetry) {
      ++late.holder;
      request(late);
    }
    schedule_retry(sha256);
  });
}

void ArtifactExchange::read_requests() {
  while (request_reader_) {
    const auto sample = request_reader_->take();
    if (!sample) return;
    const auto wanted = message::decode<ChunkRequest>(sample->payload);
    if (!wanted || wanted->to != node_ || !store_.has(wanted->sha256)) continue;
    if (wanted->chunk_size == 0 || wanted->chunk_size > graph::kMaxChunkBytes ||
        wanted->count > kWindow)
      continue;
    graph::Artifact artifact;
    artifact.sha256 = wanted->sha256;
    artifact.size =
        static_cast<std::int64_t>(std::min<std::uint64_t>(wanted->size, graph::kMaxArtifactBytes));
    artifact.chunk_size = static_cast<std::int64_t>(wanted->chunk_size);
    bus::Writer* writer = chunk_writer_to(wanted->from);
    if (writer == nullptr) continue;
    for (std::uint32_t i = 0; i < wanted->count; ++i) {
      auto bytes = store_.read_chunk(artifact, wanted->first + i);
      if (!bytes) break;
      writer->write(message::encode(
          ArtifactChunk{wanted->from, wanted->sha256, wanted->first + i, std::move(*bytes)}));
    }
  }
}

bus::Writer* ArtifactExchange::chunk_writer_to(const std::string& node) {
  constexpr std::size_t kMostReaders = 1000;
  const auto found = chunk_writers_.find(node);
  if (found != chunk_writers_.end()) return found->second.get();
  if (chunk_writers_.size() >= kMostReaders || !graph::is_valid_name(node)) return nullptr;
  auto created = bus_.create_writer(chunk_topic(node), chunk_qos(), {node_, {}, 0}, {});
  return created ? (chunk_writers_[node] = std::move(*created)).get() : nullptr;
}

void ArtifactExchange::read_chunks() {
  while (chunk_reader_) {
    const auto sample = chunk_reader_->take();
    if (!sample) return;
    const auto chunk = message::decode<ArtifactChunk>(sample->payload);
    if (!chunk || chunk->to != node_) continue;
    const auto found = fetches_.find(chunk->sha256);
    if (found != fetches_.end()) accept(*found->second, *chunk);
  }
}

void ArtifactExchange::accept(Fetch& fetch, const ArtifactChunk& chunk) {
  if (chunk.index >= fetch.have.size() || fetch.have[chunk.index]) return;
  if (hash_of(chunk.bytes) != fetch.artifact.chunks[chunk.index]) {
    ++refused_;
    log::warning("refused a corrupted chunk of artifact " + chunk.sha256.substr(0, 12));
    return;
  }
  const std::string partial = store_.partial_path(chunk.sha256);
  const int fd = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const auto offset =
      static_cast<off_t>(static_cast<std::int64_t>(chunk.index) * fetch.artifact.chunk_size);
  const bool written = fd >= 0 && pwrite(fd, chunk.bytes.data(), chunk.bytes.size(), offset) ==
                                      static_cast<ssize_t>(chunk.bytes.size());
  if (fd >= 0) close(fd);
  if (!written) {
    std::error_code ignored;
    fs::remove(partial, ignored);  // what is left of it would keep the disk full
    return finish(chunk.sha256,
                  fail(ErrorCode::kFailed, "cannot write an artifact", partial, "free disk space"));
  }
  fetch.have[chunk.index] = true;
  fetch.last_progress = lane_.clock().now();
  if (--fetch.missing == 0) return finish(chunk.sha256, {});
  const bool window_done = std::all_of(fetch.have.begin(), fetch.have.begin() + fetch.asked_until,
                                       [](bool b) { return b; });
  if (window_done) request(fetch);
}

void ArtifactExchange::finish(const std::string& sha256, Result<void> result) {
  const auto node = fetches_.extract(sha256);
  Fetch& fetch = *node.mapped();
  lane_.cancel(fetch.retry);
  if (result) result = store_.adopt(store_.partial_path(sha256), sha256);
  for (const Done& done : fetch.waiting) done(result);
}

}  // namespace mort::agent
