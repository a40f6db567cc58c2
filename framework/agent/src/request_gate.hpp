// Connections of the API until their request is there: silent and slow ones hold no thread that
// answers.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <thread>

namespace mort::agent {

/// What is still to come of a request.
enum class RequestPart {
  kMore,   ///< of its head, or of a small body
  kWhole,  ///< it is all there
  kHead,   ///< its head is; the body is too large to wait for
  kBad,    ///< a head that is too long
};
/// Bytes of head and body together that are waited for.
inline constexpr std::size_t kMostGathered = 64 << 10;
/// Pure: looks at the end of the head and at Content-Length.
RequestPart request_part(std::string_view received);

/// Threads: one of its own, on which `ready` is called.
class RequestGate {
 public:
  /// Takes the descriptor over, with what has been read of it.
  using Ready = std::function<void(int connection, std::string received, RequestPart part)>;

  /// Listens at `listener` until it is destroyed; closes what waits then, not the listener.
  RequestGate(int listener, Ready ready);
  ~RequestGate();
  RequestGate(const RequestGate&) = delete;
  RequestGate& operator=(const RequestGate&) = delete;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Waiting {
    int fd = -1;
    Time until;
    std::string received;
  };
  void run();
  void accept_one();
  /// True when it waits no longer.
  bool read_some(Waiting& waiting);
  int patience(Time now) const;

  const int listener_;
  const Ready ready_;
  int stop_ = -1;               ///< an event descriptor
  std::list<Waiting> waiting_;  ///< the oldest first
  std::thread thread_;
};

}  // namespace mort::agent
