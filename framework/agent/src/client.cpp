#include "mort/agent/client.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <thread>

#include "fd_stream.hpp"

namespace mort::agent {
namespace {

constexpr int kTimeoutMs = 60'000;

Error unreachable(const std::string& socket_path, const std::string& why) {
  return {ErrorCode::kUnreachable,
          "no agent answers at " + socket_path + ": " + why,
          {},
          "start one with `mort agent`, or name its socket with --agent"};
}

Result<std::string> to_result(const std::string& socket_path, const httplib::Result& answer) {
  if (!answer)
    return tl::unexpected<Error>(unreachable(
        socket_path, answer.error() == httplib::Error::Connection ? "nothing listens there"
                                                                  : "it did not answer in time"));
  if (answer->status == 200) return answer->body;
  const auto body = nlohmann::json::parse(answer->body, nullptr, false);
  if (!body.is_object() || !body.contains("error")) {
    return fail(ErrorCode::kFailed,
                "the agent answered with HTTP status " + std::to_string(answer->status));
  }
  const auto& error = body["error"];
  return fail(static_cast<ErrorCode>(error.value("code", 1)), error.value("message", ""),
              error.value("where", ""), error.value("cure", ""));
}

}  // namespace

class Client::Impl : public httplib::ClientImpl {
 public:
  explicit Impl(std::string path) : httplib::ClientImpl("localhost"), path_(std::move(path)) {}

 private:
  bool create_and_connect_socket(Socket& socket, httplib::Error& error) override {
    const auto address = unix_address(path_);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!address || fd < 0 ||
        connect(fd, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
      if (fd >= 0) close(fd);
      error = httplib::Error::Connection;
      return false;
    }
    socket.sock = fd;
    return true;
  }
  bool process_socket(const Socket& socket,
                      std::function<bool(httplib::Stream&)> callback) override {
    FdStream stream(socket.sock, kTimeoutMs);
    return callback(stream);
  }
  const std::string path_;
};

Client::Client(std::string socket_path)
    : socket_path_(std::move(socket_path)), impl_(std::make_unique<Impl>(socket_path_)) {}
Client::~Client() = default;

Result<std::string> Client::get(const std::string& path) {
  return to_result(socket_path_, impl_->Get(path));
}

Result<std::string> Client::post(const std::string& path, const std::string& body) {
  return to_result(socket_path_, impl_->Post(path, body, "application/json"));
}

Result<std::string> Client::submit(const std::string& path, const std::string& body) {
  std::random_device random;  // a name, not a decision: no seed wanted
  std::ostringstream name;
  for (int i = 0; i < 4; ++i) name << std::hex << random();
  const httplib::Headers headers = {{"X-Mort-Request", name.str()}};
  constexpr int kTries = 40;
  for (int i = 0;; ++i) {
    const auto answer = impl_->Post(path, headers, body, "application/json");
    const bool never_sent = i == 0 && answer.error() == httplib::Error::Connection;
    if (answer || never_sent) return to_result(socket_path_, answer);
    if (i == kTries) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
  return fail(
      ErrorCode::kUnreachable,
      "the agent at " + socket_path_ + " went away before it answered: the job may be accepted", {},
      "look at `mort jobs` when it is back");
}

Result<std::string> Client::put(const std::string& path, const std::string& body) {
  return to_result(socket_path_, impl_->Put(path, body, "application/octet-stream"));
}

Result<std::string> Client::put_file(const std::string& path, const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (!stream || error) return fail(ErrorCode::kInvalid, "cannot read the file", file);
  if (size == 0) return put(path, "");
  const auto provide = [&stream](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
    std::string block(std::min<std::size_t>(length, 1 << 16), '\0');
    stream.seekg(static_cast<std::streamoff>(offset));
    if (!stream.read(block.data(), static_cast<std::streamsize>(block.size()))) return false;
    return sink.write(block.data(), block.size());
  };
  return to_result(socket_path_, impl_->Put(path, size, provide, "application/octet-stream"));
}

}  // namespace mort::agent
