// Which way messages take between processes, and what is left when these die.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <future>
#include <set>
#include <sstream>

#include "mort/base/process.hpp"
#include "support/shared_memory.hpp"
#include "support/temp_dir.hpp"
#include "system/fast_dds_fixture.hpp"

namespace mort::dds_topics {
namespace {

namespace fs = std::filesystem;

/// Both on one node: shared memory, since every topic says how large its payloads are.
class SharedMemoryFixture : public FastDdsFixture {
 public:
  SharedMemoryFixture() : FastDdsFixture("a", "a") {}
  bus::Qos bounded(bus::Qos qos, std::size_t bytes) override {
    qos.max_payload = bytes;
    return qos;
  }
};

/// Network and mounts of their own: counters that nobody else moves, a /dev/shm of any size.
std::vector<std::string> apart(const std::string& before, const std::vector<std::string>& words) {
  std::vector<std::string> command = {
      "unshare",
      "--net",
      "--mount",
      "sh",
      "-c",
      "ip link set lo up && ip link set lo multicast on && ip route add 239.0.0.0/8 dev lo && " +
          before + " exec \"$0\" \"$@\"",
      MORT_BUS_PEER};
  command.insert(command.end(), words.begin(), words.end());
  return command;
}

bool may_unshare() {
  const auto tried = run_process({"unshare", "--net", "--mount", "true"});
  return tried && tried->exit_code == 0;
}

std::string node_id(const std::string& name) {
  return "test-" + std::to_string(getpid()) + "-" + name;
}

// Small enough for the socket buffers of any machine: nothing is repeated.
constexpr int kCount = 100;
constexpr std::size_t kBytes = 20'000;

struct Moved {
  int received = 0;
  std::uint64_t loopback_bytes = 0;
  std::uint64_t fragmented = 0;
  std::int64_t milliseconds = 0;
  std::string err;
};

/// Sends kCount messages of kBytes between two participants in a network of their own.
Moved move(const std::string& other, std::size_t bound, const std::string& before = "",
           const std::vector<std::string>& more = {}) {
  std::vector<std::string> command =
      apart(before, {"pair", "--node", node_id("a"), "--other", node_id(other), "--bytes",
                     std::to_string(kBytes), "--bound", std::to_string(bound), "--count",
                     std::to_string(kCount)});
  command.insert(command.end(), more.begin(), more.end());
  const auto ran = run_process(command, 60);
  EXPECT_TRUE(ran && ran->exit_code == 0) << (ran ? ran->out + ran->err : "");
  Moved moved;
  if (!ran) return moved;
  std::istringstream(ran->out) >> moved.received >> moved.loopback_bytes >> moved.fragmented >>
      moved.milliseconds;
  moved.err = ran->err;
  return moved;
}

class SharedMemoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!may_unshare()) GTEST_SKIP() << "needs root, for namespaces";
  }
};

TEST_F(SharedMemoryTest, WithinANodePayloadsDoNotTouchTheNetwork) {
  const Moved moved = move("a", kBytes);
  EXPECT_EQ(moved.received, kCount);
  EXPECT_LT(moved.loopback_bytes, kCount * kBytes / 4);
}

TEST_F(SharedMemoryTest, BetweenNodesPayloadsCrossTheNetworkOnce) {
  const Moved moved = move("b", kBytes);
  EXPECT_EQ(moved.received, kCount);
  EXPECT_GT(moved.loopback_bytes, kCount * kBytes);
  EXPECT_LT(moved.loopback_bytes, kCount * kBytes * 3 / 2);
}

TEST_F(SharedMemoryTest, PayloadsWithoutABoundCrossTheNetwork) {
  const Moved moved = move("a", 0);
  EXPECT_EQ(moved.received, kCount);
  EXPECT_GT(moved.loopback_bytes, kCount * kBytes);
}

TEST_F(SharedMemoryTest, WhereThereIsNoRoomPayloadsGoByUdpAndAWarningSaysSo) {
  const Moved moved = move("a", kBytes, "mount -t tmpfs -o size=256k none /dev/shm &&");
  EXPECT_EQ(moved.received, kCount);
  EXPECT_GT(moved.loopback_bytes, kCount * kBytes);
  EXPECT_NE(moved.err.find("/dev/shm has no room"), std::string::npos) << moved.err;
}

TEST_F(SharedMemoryTest, AHistoryThatWouldTakeTooMuchOfDevShmGoesByUdpAndAWarningSaysHowToCureIt) {
  const Moved moved = move("a", 15'000'000);  // 8 samples of that in a history
  EXPECT_EQ(moved.received, kCount);
  EXPECT_GT(moved.loopback_bytes, kCount * kBytes);
  EXPECT_NE(
      moved.err.find("no more than 134217728 bytes of /dev/shm (a smaller depth or max_bytes)"),
      std::string::npos)
      << moved.err;
}

TEST_F(SharedMemoryTest, WithoutDevShmPayloadsGoByUdpAndAWarningSaysSo) {
  const Moved moved = move("a", kBytes, "mount -t tmpfs -o ro none /dev/shm &&");
  EXPECT_EQ(moved.received, kCount);
  EXPECT_GT(moved.loopback_bytes, kCount * kBytes);
  EXPECT_NE(moved.err.find("no shared memory"), std::string::npos) << moved.err;
}

/// Equal host and node id, but each process has a /dev/shm of its own, as containers on the host's
/// network do: Fast DDS left alone acknowledges what never arrives.
TEST_F(SharedMemoryTest, ProcessesWithoutACommonDevShmTalkByUdp) {
  const auto domain = DomainClaim::claim();
  ASSERT_TRUE(domain);
  const std::vector<std::string> options = {"--domain", std::to_string(domain->id()),
                                            "--node",   node_id("a"),
                                            "--bytes",  "100000",
                                            "--bound",  "100000",
                                            "--count",  "20"};
  std::vector<std::string> receive = {MORT_BUS_PEER, "receive"};
  receive.insert(receive.end(), options.begin(), options.end());
  auto receiver = std::async(std::launch::async, [&receive] { return run_process(receive, 60); });
  std::vector<std::string> send = {
      "unshare",     "--mount", "sh", "-c", "mount -t tmpfs none /dev/shm && exec \"$0\" \"$@\"",
      MORT_BUS_PEER, "send"};
  send.insert(send.end(), options.begin(), options.end());
  const auto sent = run_process(send, 60);
  const auto received = receiver.get();
  ASSERT_TRUE(sent && received);
  EXPECT_EQ(sent->exit_code, 0) << sent->err;
  EXPECT_EQ(received->out, "20\n") << received->err;
}

TEST_F(SharedMemoryTest, ProcessesOfDifferentUsersTalkByUdp) {
  const auto domain = DomainClaim::claim();
  ASSERT_TRUE(domain);
  const TempDir folder;  // where the other user may read the program
  fs::permissions(folder.path(), fs::perms::owner_all | fs::perms::others_all);
  const std::string program = folder.file("bus_peer");
  fs::copy_file(MORT_BUS_PEER, program);
  const std::vector<std::string> options = {"--domain", std::to_string(domain->id()),
                                            "--node",   node_id("a"),
                                            "--bytes",  "100000",
                                            "--bound",  "100000",
                                            "--count",  "20"};
  std::vector<std::string> receive = {MORT_BUS_PEER, "receive"};
  receive.insert(receive.end(), options.begin(), options.end());
  auto receiver = std::async(std::launch::async, [&receive] { return run_process(receive, 60); });
  std::vector<std::string> send = {"setpriv",        "--reuid", "65534",
                                   "--clear-groups", program,   "send"};
  send.insert(send.end(), options.begin(), options.end());
  const auto sent = run_process(send, 60);
  const auto received = receiver.get();
  ASSERT_TRUE(sent && received);
  EXPECT_EQ(sent->exit_code, 0) << sent->err;
  EXPECT_EQ(received->out, "20\n") << received->err;
}

/// Fast DDS may stand still when a reader leaves before it has acknowledged (decision 0019).
TEST_F(SharedMemoryTest, AReaderThatLeavesWhileItsWriterSendsStallsNobody) {
  for (const std::string bytes : {"1000", "100000"}) {
    const auto ran = run_process(apart("", {"leave", "--node", node_id("a"), "--other",
                                            node_id("b"), "--bytes", bytes, "--count", "100"}),
                                 60);
    ASSERT_TRUE(ran) << to_string(ran.error());
    EXPECT_EQ(ran->out, "100\n") << ran->err;
  }
}

/// By UDP and by shared memory, of which the last is sent from a background thread. Who is stopped
/// in shared memory may have a lock of it, and keeps it.
TEST_F(SharedMemoryTest, AReaderThatIsStoppedOrKilledStallsNoWriterThatDoesNotWait) {
  const std::vector<std::vector<std::string>> ways = {
      {"--bytes", "1000", "--depth", "1", "--stop"},
      {"--bytes", "1000", "--depth", "16", "--best-effort", "--stop"},
      {"--bytes", "20000", "--bound", "20000", "--depth", "1"},
      {"--bytes", "20000", "--bound", "20000", "--depth", "16", "--best-effort"},
      {"--bytes", "200000", "--bound", "200000", "--depth", "16"}};
  constexpr int kStall = 900;  // ms: a lock that its owner left behind takes a second at least
  for (const auto& way : ways) {
    std::vector<std::string> words = {"outlive", "--node", node_id("a"), "--other", node_id("a")};
    words.insert(words.end(), way.begin(), way.end());
    const auto ran = run_process(apart("", words), 60);
    ASSERT_TRUE(ran) << to_string(ran.error());
    EXPECT_EQ(ran->exit_code, 0) << ran->err;
    std::istringstream out(ran->out);
    const int phases = way.back() == "--stop" ? 3 : 2;
    for (int phase = 0; phase < phases; ++phase) {
      std::uint64_t written = 0, refused = 0;
      std::int64_t longest_ms = 0;
      EXPECT_TRUE(out >> written >> refused >> longest_ms) << ran->out;
      EXPECT_GT(written, 0U) << way[1] << " bytes:\n" << ran->out;
      EXPECT_EQ(refused, 0U) << way[1] << " bytes:\n" << ran->out;
      EXPECT_LT(longest_ms, kStall) << way[1] << " bytes:\n" << ran->out;
    }
  }
}

TEST_F(SharedMemoryTest, DatagramsOf1400BytesAreNotCutOnTheWay) {
  const std::string ethernet = "ip link set lo mtu 1500 &&";
  const Moved large = move("b", 0, ethernet);
  const Moved small = move("b", 0, ethernet, {"--datagram", "1400"});
  EXPECT_EQ(large.received, kCount);
  EXPECT_EQ(small.received, kCount);
  EXPECT_GT(large.fragmented, 0U);
  EXPECT_EQ(small.fragmented, 0U);
}

TEST_F(SharedMemoryTest, BulkWritersKeepTheRateOfTheFlowControl) {
  // 20 x 100 kB are 16 Mbit: 400 ms at 40 Mbit/s, the first period for free.
  const Moved moved =
      move("b", 0, "", {"--bytes", "100000", "--count", "20", "--bulk-rate", "40000000"});
  EXPECT_EQ(moved.received, 20);
  EXPECT_GE(moved.milliseconds, 300);
}

TEST_F(SharedMemoryTest, ProfilesFromTheEnvironmentChangeNothing) {
  const TempDir folder;
  const std::string profiles = folder.file("profiles.xml", R"(<?xml version="1.0"?>
<dds><profiles xmlns="http://www.eprosima.com/XMLSchemas/fastRTPS_Profiles">
  <data_writer profile_name="w" is_default_profile="true"><qos><partition><names><name>other</name></names></partition></qos></data_writer>
</profiles><library_settings><intraprocess_delivery>FULL</intraprocess_delivery></library_settings></dds>)");
  const Moved moved = move("b", 0, "export FASTRTPS_DEFAULT_PROFILES_FILE=" + profiles + " &&");
  EXPECT_EQ(moved.received, kCount);
  EXPECT_GT(moved.loopback_bytes, kCount * kBytes) << "delivered within the process";
}

/// A child that holds an endpoint in shared memory until it is killed.
class Holder {
 public:
  Holder(std::uint32_t domain, const std::string& node) {
    std::array<int, 2> out{};
    if (pipe(out.data()) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves nothing behind
      dup2(out[1], STDOUT_FILENO);
      close(out[0]);
      close(out[1]);
      const std::string number = std::to_string(domain);
      execl(MORT_BUS_PEER, MORT_BUS_PEER, "hold", "--domain", number.c_str(), "--node",
            node.c_str(), "--bound", "1000000", nullptr);
      _exit(127);
    }
    close(out[1]);
    char ready[64] = {};
    is_ready_ = read(out[0], ready, sizeof ready - 1) > 0;
    close(out[0]);
  }
  ~Holder() {
    if (pid_ > 0) kill_now();
  }
  bool is_ready() const { return is_ready_; }
  void kill_now() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  bool is_ready_ = false;
};

TEST(SharedMemory, OfAKilledProcessIsRemovedByTheNextOneAndThatOfTheLivingIsKept) {
  if (!test::own_shared_memory()) GTEST_SKIP() << "needs root or user namespaces, for a /dev/shm";
  const auto domain = DomainClaim::claim();
  ASSERT_TRUE(domain);
  const auto before = test::shared_memory();
  {
    Holder living(domain->id(), node_id("a"));
    ASSERT_TRUE(living.is_ready());
    const auto of_living = test::shared_memory();
    EXPECT_EQ(of_living.size(), before.size() + 2) << "a home and a segment";
    Holder killed(domain->id(), node_id("a"));
    ASSERT_TRUE(killed.is_ready());
    EXPECT_EQ(test::shared_memory().size(), of_living.size() + 1);
    killed.kill_now();
    EXPECT_EQ(test::shared_memory().size(), of_living.size() + 1) << "nobody was there to clean up";
    ParticipantOptions options;
    options.network.domain = domain->id();
    options.network.interfaces = {"127.0.0.1"};
    options.node = node_id("b");
    const auto next = make_fast_dds_bus(options);
    ASSERT_TRUE(next);
    for (const std::string& name : of_living)
      EXPECT_EQ(test::shared_memory().count(name), 1U) << name;
    EXPECT_EQ(test::shared_memory().size(), of_living.size() + 1) << "the home of node b alone";
  }
  ParticipantOptions options;
  options.network.domain = domain->id();
  options.network.interfaces = {"127.0.0.1"};
  options.node = node_id("a");
  { ASSERT_TRUE(make_fast_dds_bus(options)); }
  EXPECT_EQ(test::shared_memory(), before);
}

}  // namespace
}  // namespace mort::dds_topics

namespace mort::bus {
INSTANTIATE_TYPED_TEST_SUITE_P(SharedMemory, BusContract, dds_topics::SharedMemoryFixture);
}  // namespace mort::bus
