// Connections that have not said what they want hold nobody up.
#include "request_gate.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <vector>

#include "support/temp_dir.hpp"

namespace mort::agent {
namespace {

TEST(RequestPart, IsWholeWithItsHeadAndBody) {
  EXPECT_EQ(request_part(""), RequestPart::kMore);
  EXPECT_EQ(request_part("GET / HTTP/1.1\r\nHost: x\r\n"), RequestPart::kMore);
  EXPECT_EQ(request_part("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), RequestPart::kWhole);
  const std::string head = "POST / HTTP/1.1\r\ncontent-LENGTH: \t4\r\n\r\n";
  EXPECT_EQ(request_part(head), RequestPart::kMore);
  EXPECT_EQ(request_part(head + "abc"), RequestPart::kMore);
  EXPECT_EQ(request_part(head + "abcd"), RequestPart::kWhole);
}

TEST(RequestPart, OfALargeBodyWaitsForTheHeadAlone) {
  EXPECT_EQ(request_part("PUT / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n"), RequestPart::kHead);
  EXPECT_EQ(request_part("PUT / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n"),
            RequestPart::kHead);
}

TEST(RequestPart, LeavesALengthThatIsNoneToTheParser) {
  for (const char* length : {"x", "", "-1", "18446744073709551616"}) {
    EXPECT_EQ(request_part("PUT / HTTP/1.1\r\nContent-Length: " + std::string(length) + "\r\n\r\n"),
              RequestPart::kWhole)
        << length;
  }
}

TEST(RequestPart, OfAHeadWithoutEndIsBad) {
  EXPECT_EQ(request_part(std::string(16 << 10, 'x')), RequestPart::kBad);
}

class RequestGateTest : public testing::Test {
 protected:
  void SetUp() override {
    address_.sun_family = AF_UNIX;
    std::strncpy(address_.sun_path, folder_.file("s").c_str(), sizeof address_.sun_path - 1);
    listener_ = socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address_), sizeof address_), 0);
    ASSERT_EQ(listen(listener_, 512), 0);
    gate_ = std::make_unique<RequestGate>(listener_, [this](int fd, std::string text, RequestPart) {
      close(fd);
      const std::lock_guard lock(mutex_);
      requests_.push_back(std::move(text));
      changed_.notify_all();
    });
  }
  void TearDown() override {
    gate_.reset();
    close(listener_);
    for (const int fd : clients_) close(fd);
  }
  int connect_one() {
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address_), sizeof address_), 0);
    clients_.push_back(fd);
    return fd;
  }
  static void say(int fd, const std::string& text) {
    EXPECT_EQ(send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(30), [&] { return requests_.size() >= count; });
    return requests_;
  }

  TempDir folder_;
  sockaddr_un address_{};
  int listener_ = -1;
  std::unique_ptr<RequestGate> gate_;
  std::vector<int> clients_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> requests_;
};

TEST_F(RequestGateTest, GivesARequestOnThoughHundredsAreSilent) {
  for (int i = 0; i < 200; ++i) {
    const int fd = connect_one();
    if (i % 2 == 0) say(fd, "G");
  }
  say(connect_one(), "GET /v1/nodes HTTP/1.1\r\n\r\n");
  EXPECT_EQ(wait_for(1), (std::vector<std::string>{"GET /v1/nodes HTTP/1.1\r\n\r\n"}));
}

TEST_F(RequestGateTest, OfTooManyTheOldestGoes) {
  const int first = connect_one();
  for (int i = 0; i < 256; ++i) connect_one();
  char byte = 0;
  EXPECT_EQ(recv(first, &byte, 1, 0), 0);  // closed at the other end
}

TEST_F(RequestGateTest, PutsARequestTogetherThatComesInPieces) {
  const int fd = connect_one();
  const std::string text = "POST /v1/jobs HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
  for (const char c : text) say(fd, std::string(1, c));
  EXPECT_EQ(wait_for(1), std::vector<std::string>{text});
}

}  // namespace
}  // namespace mort::agent
