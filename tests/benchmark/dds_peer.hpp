// What the two programs of a data plane measurement have in common, whatever carries the messages.
//
// ping: sends numbered messages, back to back or at a rate; prints the round trip of each in
// microseconds, one a line, then "lost N".
//
// echo: sends back what it gets; ends when the other program has gone.
//
// flood: sends as fast as it is let for some seconds, from when the other program says on the topic
// "ready" that it has found this one: else it may be over before it was found, and on a link that
// it fills it may not be found at all.
//
// count: says so until something comes; prints the goodput of what it gets in bits per second, when
// the other program has gone.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace mort::benchmark_peer {

struct Options {
  std::string mode;
  std::uint32_t domain = 1;
  std::string address = "127.0.0.1";  ///< of the interface to use
  std::string peer = "127.0.0.1";     ///< address of the other program
  std::string node = "benchmark";     ///< equal ids share memory
  std::size_t bytes = 64;             ///< of the data of a message
  int count = 1000;
  double rate = 0.0;  ///< messages a second; 0: each after the answer to the last
  double seconds = 3.0;
  std::uint64_t bulk_rate = 0;  ///< flow control of large messages in bits a second; 0: none
  bool shared = false;          ///< bare programs: data sharing, as Mort chooses it at this size
  bool shm = false;             ///< bare programs: the SHM transport beside UDP
  bool loan = false;            ///< bare programs: loaned samples of a plain type; no copy at all
  bool listener = false;        ///< bare programs: answer inside the listener
};

inline Options parse(int argc, char** argv) {
  CLI::App app("one of the two programs of a data plane measurement");
  Options options;
  app.add_option("mode", options.mode)
      ->required()
      ->check(CLI::IsMember({"ping", "echo", "flood", "count"}));
  app.add_option("--domain", options.domain);
  app.add_option("--address", options.address);
  app.add_option("--peer", options.peer);
  app.add_option("--node", options.node);
  app.add_option("--bytes", options.bytes);
  app.add_option("--count", options.count);
  app.add_option("--rate", options.rate);
  app.add_option("--seconds", options.seconds);
  app.add_option("--bulk-rate", options.bulk_rate);
  app.add_flag("--shared", options.shared);
  app.add_flag("--shm", options.shm);
  app.add_flag("--loan", options.loan);
  app.add_flag("--listener", options.listener);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  return options;
}

/// The message that all programs exchange: struct { uint64 number; int64 sent; sequence<octet>; }
struct Data {
  std::uint64_t number = 0;  ///< 0 while the two programs find each other
  std::int64_t sent_ns = 0;
  std::vector<std::uint8_t> bytes;
};
constexpr std::size_t kOverhead = 24;  ///< of a message on the wire beside its bytes

inline std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

inline bool is_large(const Options& options) {
  return options.bytes > 60'000;
}

constexpr std::int64_t kSayAgain_ns = 50'000'000;  ///< while the programs find each other

/// The side that asks: what to send when, and what came back.
class Pinger {
 public:
  explicit Pinger(const Options& options) : options_(options) {
    give_up_ = now_ns() + 20'000'000'000;
  }

  /// When to send next; nothing while an answer is awaited.
  std::int64_t next_ns() const { return next_; }
  /// The message to send now.
  const Data& next() {
    const std::int64_t now = now_ns();
    if (!found_ && now > give_up_) {
      std::fprintf(stderr, "the other program does not answer\n");
      std::exit(1);
    }
    message_.number = found_ ? ++sent_ : 0;
    message_.sent_ns = now;
    if (!found_) {
      next_ = now + kSayAgain_ns;  // until the other side has found us
    } else if (sent_ >= total()) {
      next_ = last_call_ = now + 1'000'000'000;
    } else if (options_.rate > 0) {
      next_ = begin_ + static_cast<std::int64_t>(static_cast<double>(sent_) * 1e9 / options_.rate);
    } else {
      next_ = now + 1'000'000'000;  // counted as lost by then
    }
    return message_;
  }
  void answered(std::uint64_t number, std::int64_t sent_ns) {
    const std::int64_t now = now_ns();
    if (!found_) {
      found_ = true;
      message_.bytes.resize(options_.bytes);
      begin_ = next_ = now;
      return;
    }
    if (number == 0) return;
    if (number > kWarmUp) round_trips_.push_back(static_cast<double>(now - sent_ns) / 1000.0);
    if (options_.rate <= 0 && number == sent_) next_ = now;
    if (number == total()) next_ = last_call_ = now;
  }
  bool done() const { return sent_ >= total() && now_ns() >= last_call_; }
  void print() const {
    for (const double time : round_trips_) std::printf("%.3f\n", time);
    std::printf("lost %zd\n", static_cast<std::ptrdiff_t>(options_.count) -
                                  static_cast<std::ptrdiff_t>(round_trips_.size()));
  }

 private:
  static constexpr std::uint64_t kWarmUp = 20;
  std::uint64_t total() const { return kWarmUp + static_cast<std::uint64_t>(options_.count); }
  const Options& options_;
  Data message_;
  std::int64_t give_up_ = 0;
  bool found_ = false;
  std::uint64_t sent_ = 0;
  std::int64_t begin_ = 0;
  std::int64_t next_ = 0;
  std::int64_t last_call_ = 0;
  std::vector<double> round_trips_;
};

/// The side that counts.
class Counter {
 public:
  bool begun() const { return first_ != 0; }
  void add(const Data& data) {
    const std::int64_t now = now_ns();
    if (first_ == 0) {
      first_ = now;  // its bytes came before the measurement
      return;
    }
    last_ = now;
    bytes_ += data.bytes.size();
  }
  void print() const {
    const double seconds = static_cast<double>(last_ - first_) / 1e9;
    std::printf("goodput %.0f\n", seconds > 0 ? static_cast<double>(bytes_) * 8 / seconds : 0.0);
  }

 private:
  std::int64_t first_ = 0;
  std::int64_t last_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace mort::benchmark_peer
