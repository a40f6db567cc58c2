// The agent's socket, and what a person meets around it: slow and hostile clients, limits, places
// that cannot be written.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>

#include "support/product.hpp"

namespace mort::test {
namespace {

using testing::HasSubstr;

/// One agent, of its own domain, and connections to its socket.
class Api : public testing::Test {
 protected:
  void start(const std::string& data_dir) {
    data_dir_ = data_dir;
    agent_ = product_.start({"agent", "--id", "node0", "--data-dir", data_dir, "--domain", "97",
                             "--interface", "127.0.0.1"},
                            240);
    ASSERT_TRUE(wait_for([&] { return fs::exists(data_dir_ + "/agent.sock"); }));
    ASSERT_TRUE(wait_for([&] { return ask("/v1/nodes").find("node0") != std::string::npos; }));
  }
  void TearDown() override {
    for (const int fd : open_) close(fd);
    for (const pid_t pid : product_.processes("mort")) kill(pid, SIGTERM);
    if (agent_.valid()) agent_.wait();
  }
  int connection() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, (data_dir_ + "/agent.sock").c_str(),
                 sizeof address.sun_path - 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    open_.push_back(fd);
    return fd;
  }
  static bool say(int fd, const std::string& text) {
    return send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  std::string exchange(const std::string& request) {
    const int fd = connection();
    std::size_t sent = 0;
    while (sent < request.size()) {
      const ssize_t count = send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;
      sent += static_cast<std::size_t>(count);
    }
    std::string answer;
    char block[4096];
    for (ssize_t got = 0; (got = recv(fd, block, sizeof block, 0)) > 0;)
      answer.append(block, static_cast<std::size_t>(got));
    return answer;
  }
  std::string ask(const std::string& path) {
    return exchange("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  long peak_kb() const {
    for (const pid_t pid : product_.processes("mort")) {
      std::istringstream status(read_file("/proc/" + std::to_string(pid) + "/status"));
      for (std::string line; std::getline(status, line);) {
        if (line.rfind("VmHWM:", 0) == 0) return std::stol(line.substr(6));
      }
    }
    return 0;
  }

  TempDir dir_;
  Product product_;
  std::string data_dir_;
  std::future<ProcessResult> agent_;
  std::vector<int> open_;
};

TEST_F(Api, SilentAndSlowConnectionsHoldNobodyUp) {
  start(dir_.path() + "/data");
  for (int i = 0; i < 64; ++i) connection();
  for (int i = 0; i < 64; ++i) EXPECT_TRUE(say(connection(), "GET /v1/no"));
  // More than there are threads for large bodies, which never come.
  for (int i = 0; i < 32; ++i) {
    EXPECT_TRUE(say(connection(),
                    "PUT /v1/policy HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nrules"));
  }
  const auto before = std::chrono::steady_clock::now();
  EXPECT_THAT(ask("/v1/nodes"), HasSubstr("node0"));
  // The patience with a slow one is 10 s: who waits for one takes as long.
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(8));
}

TEST_F(Api, JsonThatNestsTooDeeplyIsRefusedUnread) {
  start(dir_.path() + "/data");
  const std::string body(10'000'000, '[');
  const std::string answer = exchange("POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                                      std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_THAT(answer, HasSubstr("400"));
  EXPECT_THAT(answer, HasSubstr("nested too deeply"));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(peak_kb(), 100'000);  // 687 MB before
#endif
}

TEST_F(Api, ADataDirectoryThatIsOpenToOthersIsClosed) {
  const std::string data = dir_.path() + "/open";
  ASSERT_EQ(mkdir(data.c_str(), 0755), 0);
  ASSERT_EQ(chmod(data.c_str(), 0755), 0);
  start(data);
  struct stat found {};
  ASSERT_EQ(stat(data.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700U);
  for (const pid_t pid : product_.processes("mort")) kill(pid, SIGTERM);
  EXPECT_THAT(agent_.get().err, HasSubstr("was open to other users"));
}

TEST(FileLimit, ThatIsTooLowIsSaidAtOnce) {
  const Product product;
  const TempDir dir;
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{MORT_PROGRAM, "agent", "--id", "a", "--data-dir",
                                 dir.path() + "/d", "--domain", "97"},
        std::vector<std::string>{MORT_PROGRAM, "run", kExample + "/job.yaml"}}) {
    const auto ran = product.run_program({"prlimit", "--nofile=64:64"}, command, 200);
    EXPECT_EQ(ran.exit_code, 1) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("may open 64 files, and needs 256"));
    EXPECT_THAT(ran.err, HasSubstr("ulimit -n 1024"));
  }
}

TEST(Cache, ThatCannotBeWrittenIsNoReasonToRefuse) {
  const Product product;
  const TempDir dir;
  const std::string job = dir.file("job.yaml", "job: tiny\nsources: [tiny.cpp]\n");
  dir.file("tiny.cpp",
           "#include \"mort/task/task.hpp\"\nstruct M { int a = 0; };\nclass T : public mort::Task "
           "{\n public:\n  T() { RegTask(\"T\"); RegPub({\"m\"}); }\n  void Run() override { "
           "Publish(\"m\", M{1}); }\n};\nMORT_TASK(T);\n");
  const auto ran =
      product.run_program({},
                          {"env", "XDG_CACHE_HOME=/proc/nowhere", "TMPDIR=" + dir.path(),
                           MORT_PROGRAM, "build", job, "-o", dir.path() + "/tiny.mort"},
                          200);
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("cannot write /proc/nowhere/mort"));
  EXPECT_TRUE(fs::exists(dir.path() + "/tiny.mort"));
}

}  // namespace
}  // namespace mort::test
