#include "request_gate.hpp"

#include <poll.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <vector>

namespace mort::agent {
namespace {

/// From the connection to the whole of a small request, or the head of a large one.
constexpr auto kPatience = std::chrono::seconds(10);
constexpr std::size_t kMostWaiting = 256;
constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr std::size_t kMostHead = 16 << 10;

/// The value of a header; empty where it is not there.
std::string_view header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
       at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        strncasecmp(line.data(), name.data(), name.size()) != 0)
      continue;
    const std::size_t begin = line.find_first_not_of(" \t", name.size() + 1);
    return begin == std::string_view::npos ? std::string_view() : line.substr(begin);
  }
  return {};
}

}  // namespace

RequestPart request_part(std::string_view received) {
  const std::size_t end = received.substr(0, kMostHead).find(kEndOfHead);
  if (end == std::string_view::npos)
    return received.size() >= kMostHead ? RequestPart::kBad : RequestPart::kMore;
  const std::string_view text = header(received.substr(0, end + 2), "Content-Length");
  std::size_t length = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), length);
  // A length that is none is for the parser to refuse.
  if (text.empty() || read.ec != std::errc()) return RequestPart::kWhole;
  const std::size_t before = end + kEndOfHead.size();
  if (length > kMostGathered - before) return RequestPart::kHead;
  return received.size() >= before + length ? RequestPart::kWhole : RequestPart::kMore;
}

RequestGate::RequestGate(int listener, Ready ready)
    : listener_(listener),
      ready_(std::move(ready)),
      stop_(eventfd(0, EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

RequestGate::~RequestGate() {
  eventfd_write(stop_, 1);
  thread_.join();
  for (const Waiting& waiting : waiting_) close(waiting.fd);
  close(stop_);
}

int RequestGate::patience(Time now) const {
  if (waiting_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(waiting_.front().until - now);
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

void RequestGate::run() {
  std::vector<pollfd> polls;
  while (true) {
    polls.assign({{stop_, POLLIN, 0}, {listener_, POLLIN, 0}});
    for (const Waiting& waiting : waiting_) polls.push_back({waiting.fd, POLLIN, 0});
    const int count = poll(polls.data(), polls.size(), patience(std::chrono::steady_clock::now()));
    if (count < 0 && errno != EINTR) return;
    if (polls[0].revents != 0) return;
    const auto now = std::chrono::steady_clock::now();
    std::size_t place = 2;
    for (auto it = waiting_.begin(); it != waiting_.end(); ++place) {
      const bool gone = polls[place].revents != 0 && read_some(*it);
      if (!gone && it->until <= now) close(it->fd);
      it = gone || it->until <= now ? waiting_.erase(it) : std::next(it);
    }
    if (polls[1].revents != 0) accept_one();
  }
}

void RequestGate::accept_one() {
  const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) {
    // Out of descriptors: the oldest that waits gives its own.
    if ((errno == EMFILE || errno == ENFILE) && !waiting_.empty()) {
      close(waiting_.front().fd);
      waiting_.pop_front();
    } else if (errno == EMFILE || errno == ENFILE) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // an answer frees one
    }
    return;
  }
  if (waiting_.size() == kMostWaiting) {
    close(waiting_.front().fd);
    waiting_.pop_front();
  }
  waiting_.push_back({fd, std::chrono::steady_clock::now() + kPatience, {}});
}

bool RequestGate::read_some(Waiting& waiting) {
  char block[16 << 10];
  const ssize_t got = recv(waiting.fd, block, sizeof block, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got > 0) waiting.received.append(block, static_cast<std::size_t>(got));
  const RequestPart part = got > 0 ? request_part(waiting.received) : RequestPart::kBad;
  if (part == RequestPart::kMore) return false;
  if (part == RequestPart::kBad)
    close(waiting.fd);
  else
    ready_(waiting.fd, std::move(waiting.received), part);
  return true;
}

}  // namespace mort::agent
