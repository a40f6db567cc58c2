// The same over iceoryx: what shared memory alone takes. Needs a running iox-roudi.
#include <unistd.h>

#include <cstring>
#include <iceoryx_posh/popo/untyped_publisher.hpp>
#include <iceoryx_posh/popo/untyped_subscriber.hpp>
#include <iceoryx_posh/popo/wait_set.hpp>
#include <iceoryx_posh/runtime/posh_runtime.hpp>
#include <optional>

#include "dds_peer.hpp"

namespace {

using namespace mort;
using benchmark_peer::Data;

class Program {
 public:
  Program(const char* in, const char* out)
      : publisher_({"benchmark", {iox::cxx::TruncateToCapacity, out}, "data"}),
        subscriber_({"benchmark", {iox::cxx::TruncateToCapacity, in}, "data"}) {
    waiting_.attachState(subscriber_, iox::popo::SubscriberState::HAS_DATA).or_else([](auto) {
      std::exit(1);
    });
  }
  void write(const Data& data) {
    publisher_.loan(static_cast<std::uint32_t>(benchmark_peer::kOverhead + data.bytes.size()))
        .and_then([&](auto& chunk) {
          auto* bytes = static_cast<std::uint8_t*>(chunk);
          std::memcpy(bytes, &data.number, 8);
          std::memcpy(bytes + 8, &data.sent_ns, 8);
          const std::uint64_t size = data.bytes.size();
          std::memcpy(bytes + 16, &size, 8);
          std::memcpy(bytes + 24, data.bytes.data(), size);
          publisher_.publish(chunk);
        });
  }
  /// Calls `on_data` for what comes until `nanoseconds` have gone.
  template <class OnData>
  void wait(std::int64_t nanoseconds, OnData on_data) {
    if (nanoseconds <= 0) return;
    waiting_.timedWait(iox::units::Duration::fromNanoseconds(nanoseconds));
    bool more = true;
    while (more) {
      more = false;
      subscriber_.take().and_then([&](const void* chunk) {
        more = true;
        const auto* bytes = static_cast<const std::uint8_t*>(chunk);
        std::memcpy(&data_.number, bytes, 8);
        std::memcpy(&data_.sent_ns, bytes + 8, 8);
        std::uint64_t size = 0;
        std::memcpy(&size, bytes + 16, 8);
        data_.bytes.assign(bytes + 24, bytes + 24 + size);
        subscriber_.release(chunk);
        on_data(data_);
      });
    }
  }

 private:
  iox::popo::UntypedPublisher publisher_;
  iox::popo::UntypedSubscriber subscriber_;
  iox::popo::WaitSet<> waiting_;
  Data data_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto options = benchmark_peer::parse(argc, argv);
  const std::string name = "mort-benchmark-" + std::to_string(getpid());
  iox::runtime::PoshRuntime::initRuntime({iox::cxx::TruncateToCapacity, name.c_str()});
  if (options.mode == "ping") {
    Program program("pong", "ping");
    benchmark_peer::Pinger pinger(options);
    while (!pinger.done()) {
      while (!pinger.done() && pinger.next_ns() <= benchmark_peer::now_ns())
        program.write(pinger.next());
      program.wait(pinger.next_ns() - benchmark_peer::now_ns(),
                   [&](const Data& data) { pinger.answered(data.number, data.sent_ns); });
    }
    pinger.print();
    return 0;
  }
  // Nobody says here that the other program has gone: its last message does.
  Program program("ping", "pong");
  std::int64_t heard = benchmark_peer::now_ns();
  while (benchmark_peer::now_ns() - heard < 1'000'000'000) {
    program.wait(100'000'000, [&](const Data& data) {
      heard = benchmark_peer::now_ns();
      program.write(data);
    });
  }
}
