// httplib's Stream over a connected Unix socket. httplib 0.11 knows only TCP, but takes any Stream.
#pragma once

#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>

namespace mort::agent {

/// Does not own the descriptor. `received` has been read of it before. What comes at less than
/// kSlowest over a longer time counts as an end: else a byte a second would hold a thread for ever.
class FdStream : public httplib::Stream {
 public:
  static constexpr double kSlowest = 16 << 10;  ///< bytes a second

  FdStream(int fd, int timeout_ms, std::string received = {})
      : fd_(fd), timeout_ms_(timeout_ms), received_(std::move(received)) {}
  bool is_readable() const override { return given_ < received_.size() || ready(POLLIN, 0); }
  bool is_writable() const override { return ready(POLLOUT, 0); }
  ssize_t read(char* data, std::size_t size) override {
    if (given_ < received_.size()) {
      const std::size_t count = received_.copy(data, size, given_);
      given_ += count;
      return static_cast<ssize_t>(count);
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin_;
    if (taken.count() > timeout_ms_ / 1000.0 + static_cast<double>(bytes_) / kSlowest) return -1;
    const ssize_t got = ready(POLLIN, timeout_ms_) ? recv(fd_, data, size, 0) : -1;
    if (got > 0) bytes_ += static_cast<std::size_t>(got);
    return got;
  }
  ssize_t write(const char* data, std::size_t size) override {
    return ready(POLLOUT, timeout_ms_) ? send(fd_, data, size, MSG_NOSIGNAL) : -1;
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip = "unix";
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    get_remote_ip_and_port(ip, port);
  }
  socket_t socket() const override { return fd_; }

 private:
  bool ready(short what, int timeout_ms) const {
    pollfd entry{fd_, what, 0};
    int count = 0;
    do {
      count = poll(&entry, 1, timeout_ms);
    } while (count < 0 && errno == EINTR);
    return count > 0;
  }
  const int fd_;
  const int timeout_ms_;
  const std::string received_;
  std::size_t given_ = 0;
  std::size_t bytes_ = 0;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// The address of a socket path; nothing when the path is too long for one.
inline std::optional<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

}  // namespace mort::agent
