// task t sub=b260:m::A,w205032704:m::A,s18:m::A,ac:m::A,m-3-1:m::A,d0.500000:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    const unsigned char byte = 250;
    const std::uint32_t wraps = 4'000'000'000U + 500'000'000U;
    const int shifted = (1 << 4) | 3;
    std::string topic = "a";
    topic += static_cast<char>('a' + 2);
    ports("t", {"b" + std::to_string(byte + 10), "w" + std::to_string(wraps),
                "s" + std::to_string(shifted ^ 1), topic,
                "m" + std::to_string(-7 / 2) + std::to_string(-7 % 3), "d" + std::to_string(0.5)});
  }
};
MORT_TASK(T);

}  // namespace m
