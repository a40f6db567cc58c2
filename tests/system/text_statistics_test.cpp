// The main job, as a user runs it: it must never break.
#include <gmock/gmock.h>

#include <random>

#include "support/product.hpp"

namespace mort::test {
namespace {

struct Pair {
  const char* name;
  std::string raw1;
  std::string raw2;
};

std::string binary_junk() {
  std::mt19937 random(5);
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += static_cast<char>(random());
  return text;
}

std::string many_numbers(std::size_t bytes) {
  std::mt19937 random(6);
  std::string text;
  while (text.size() < bytes)
    text += std::to_string(random() % 500) + (random() % 7 == 0 ? "\n" : " ");
  return text;
}

std::vector<Pair> pairs() {
  const std::string thousand_digits =
      std::string(3, '0') + std::string(1000, '7') + "2 x " + std::string(1500, '9');
  return {{"both empty", "", ""},
          {"one byte", "7", "x"},
          {"no number at all", "no number here\n", "\n\n\n"},
          {"thousand digits across pieces", thousand_digits, thousand_digits + "1"},
          {"CRLF and leading zeros", "1\r\n02\r\n000\r\n99\r\n100\r\n199\r\n200\r\n",
           "0099\r\n00100\r\n"},
          {"binary junk", binary_junk(),
           std::string("\0\0"
                       "12\0"
                       "13\xff\xfe"
                       "14",
                       11)},
          {"no final newline", "1 2 3", "18446744073709551616 18446744073709551617"},
          {"five megabytes", many_numbers(5'000'000), many_numbers(70'000)}};
}

Json independent_count(const std::string& raw1, const std::string& raw2) {
  const auto counted = run_process({kExample + "/count.sh", raw1, raw2});
  EXPECT_TRUE(counted);
  return Json::parse(counted->out);
}

Json run_pass(const Product& product, const std::string& raw1, const std::string& raw2,
              const std::string& piece_bytes) {
  const auto ran = product.run({"run", kExample + "/job.yaml", "--nodes", "3", "--json", "--set",
                                "passes=1", "--set", "raw1=" + raw1, "--set", "raw2=" + raw2,
                                "--set", "piece_bytes=" + piece_bytes});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  return Json::parse(ran.out, nullptr, false);
}

TEST(TextStatistics, EqualsAnIndependentCountForAnyTwoFiles) {
  const TempDir dir;
  const bool alone = own_shared_memory();
  for (const Pair& pair : pairs()) {
    SCOPED_TRACE(pair.name);
    const Product product;
    const std::string raw1 = dir.file("raw1", pair.raw1);
    const std::string raw2 = dir.file("raw2", pair.raw2);
    const Json report = run_pass(product, raw1, raw2, pair.raw1.size() > 10'000 ? "60000" : "100");
    ASSERT_TRUE(report.is_object());
    EXPECT_EQ(report["state"], "completed");
    EXPECT_EQ(report["results"]["C8"], independent_count(raw1, raw2));
    expect_lossless(report);
    EXPECT_EQ(product.remains(), "");
  }
  if (alone) {
    EXPECT_THAT(shared_memory(), ::testing::IsEmpty());
  }
}

TEST(TextStatistics, TwoRunsSideBySideDoNotDisturbEachOther) {
  const TempDir dir;
  const std::string small = dir.file("small", many_numbers(40'000));
  const std::string large = dir.file("large", many_numbers(80'000));
  const Product one;
  const Product two;
  auto first = std::async(std::launch::async, [&] { return run_pass(one, small, large, "1000"); });
  auto second = std::async(std::launch::async, [&] { return run_pass(two, large, large, "1000"); });
  const Json reports[] = {first.get(), second.get()};
  EXPECT_EQ(reports[0]["results"]["C8"], independent_count(small, large));
  EXPECT_EQ(reports[1]["results"]["C8"], independent_count(large, large));
  for (const Json& report : reports) expect_lossless(report);
}

TEST(TextStatistics, ReportsTheDocumentedFields) {
  const TempDir dir;
  const Product product;
  const std::string raw = dir.file("raw", many_numbers(50'000));
  const Json report = run_pass(product, raw, raw, "1000");
  EXPECT_EQ(report["job"], "text_statistics");
  EXPECT_EQ(report["plan"]["assign"]["RawData1"], "node0");
  EXPECT_EQ(report["plan"]["assign"]["RawData2"], "node1");
  EXPECT_LE(report["plan"]["profit_bps"], report["plan"]["total_bps"]);
  EXPECT_GT(report["wall_s"], 0.0);
  std::uint64_t network = 0;
  for (const Json& topic : report["topics"]) {
    for (const char* field : {"topic", "type", "rate_hz", "bytes_per_sample", "sent", "delivered",
                              "lost", "paths", "latency_us", "subscribers"}) {
      EXPECT_TRUE(topic.contains(field)) << field;
    }
    EXPECT_GT(topic["bytes_per_sample"], 0.0);
    EXPECT_GT(topic["latency_us"]["max"], 0.0);
    network += topic["paths"]["network"].get<std::uint64_t>();
    EXPECT_EQ(topic["paths"]["shm"],
              0);  // one worker a node: nothing goes between processes of one node
  }
  EXPECT_GT(network, 0U);
}

TEST(TextStatistics, StreamsUntilTheDurationIsOver) {
  const Product product;
  const auto ran =
      product.run({"run", kExample + "/job.yaml", "--nodes", "3", "--json", "--duration", "2s"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const Json report = Json::parse(ran.out);
  EXPECT_EQ(report["state"], "stopped");
  EXPECT_GT(report["results"]["C8"]["total"], 0);
  expect_lossless(report);  // stopping lets what is under way arrive
  EXPECT_EQ(product.remains(), "");
}

TEST(TextStatistics, WorkersHaveOneThreadForEachLaneOfThePlan) {
  const Product product;
  auto running = product.start({"run", kExample + "/job.yaml", "--nodes", "3", "--json",
                                "--duration", "4s", "--algorithm", "gfbto", "--model", "fused"});
  const auto lane_threads = [&product] {
    std::size_t count = 0;
    for (const pid_t pid : product.processes("mort-worker")) {
      for (const auto& thread : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task"))
        count += read_file(thread.path() / "comm").rfind("mort-lane-", 0) == 0 ? 1 : 0;
    }
    return count;
  };
  std::size_t threads = 0;
  while (running.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready)
    threads = std::max(threads, lane_threads());
  const auto ran = running.get();
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const Json plan = Json::parse(ran.out)["plan"];
  std::map<std::string, std::size_t> tasks;
  std::set<std::pair<std::string, int>> lanes;
  for (const auto& [task, node] : plan["assign"].items()) {
    ++tasks[node];
    if (plan["lanes"].contains(task)) lanes.insert({node, plan["lanes"][task].get<int>()});
  }
  std::size_t expected = lanes.size();
  if (plan["lanes"].empty()) {  // the plan leaves it to the workers: one a task, up to the cores
    for (const auto& [node, count] : tasks)
      expected += std::min<std::size_t>(count, std::max(1U, std::thread::hardware_concurrency()));
  }
  EXPECT_EQ(threads, expected) << plan.dump();
}

TEST(TextStatistics, EndsCleanlyAtCtrlC) {
  const Product product;
  auto running = product.start({"run", kExample + "/job.yaml", "--nodes", "3", "--json"});
  ASSERT_TRUE(wait_for([&] { return product.processes("mort-worker").size() == 3; }));
  // The command is the process that is no agent: agents have its pid as their parent's.
  for (const pid_t pid : product.processes("mort")) {
    if (read_file("/proc/" + std::to_string(pid) + "/cmdline").find("--data-dir") ==
        std::string::npos)
      kill(pid, SIGINT);
  }
  const auto ran = running.get();
  EXPECT_EQ(ran.exit_code, 130) << ran.err;
  EXPECT_EQ(Json::parse(ran.out)["state"], "stopped");
  EXPECT_EQ(product.remains(), "");
}

TEST(TextStatistics, LeavesNothingBehindWhenTheCommandItselfIsKilled) {
  const Product product;
  auto running = product.start({"run", kExample + "/job.yaml", "--nodes", "3"});
  ASSERT_TRUE(wait_for([&] { return product.processes("mort-worker").size() == 3; }));
  for (const pid_t pid : product.processes("mort")) {
    if (read_file("/proc/" + std::to_string(pid) + "/cmdline").find("--data-dir") ==
        std::string::npos)
      kill(pid, SIGKILL);
  }
  running.get();
  EXPECT_TRUE(wait_for([&] {
    return product.processes("mort").empty() && product.processes("mort-worker").empty();
  }));
}

/// Kills a worker once data flows.
void kill_a_worker(const Product& product) {
  ASSERT_TRUE(wait_for([&] { return product.processes("mort-worker").size() == 3; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  const auto workers = product.processes("mort-worker");
  ASSERT_FALSE(workers.empty());
  kill(workers.back(), SIGKILL);
}

TEST(TextStatistics, AKilledWorkerBeginsAFiniteJobAgainAndTheResultIsExact) {
  const Product product;
  auto running =
      product.start({"run", kExample + "/job.yaml", "--nodes", "3", "--json", "--set", "passes=1"});
  kill_a_worker(product);
  const auto ran = running.get();
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const Json report = Json::parse(ran.out);
  EXPECT_EQ(report["state"], "completed");
  EXPECT_EQ(report["epoch"], 2);
  EXPECT_EQ(report["results"]["C8"],
            independent_count(kExample + "/data/raw1.txt", kExample + "/data/raw2.txt"));
  expect_lossless(report);
  EXPECT_EQ(product.remains(), "");
}

TEST(TextStatistics, AKilledWorkerOfAStreamIsRestartedAndTheStreamGoesOn) {
  const Product product;
  auto running =
      product.start({"run", kExample + "/job.yaml", "--nodes", "3", "--json", "--duration", "8s"});
  kill_a_worker(product);
  ASSERT_TRUE(wait_for([&] { return product.processes("mort-worker").size() == 3; }));
  const auto ran = running.get();
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const Json report = Json::parse(ran.out);
  EXPECT_EQ(report["state"], "stopped");
  EXPECT_EQ(report["epoch"], 1);
  for (const Json& topic : report["topics"]) {
    if (topic["topic"] != "C8") continue;
    EXPECT_GT(topic["sent"], 300) << "the stream did not go on";
  }
}

}  // namespace
}  // namespace mort::test
