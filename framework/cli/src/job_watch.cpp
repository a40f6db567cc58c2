#include "job_watch.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <ctime>
#include <thread>

#include "build.hpp"
#include "mort/base/visible_text.hpp"
#include "mort/graph/job.hpp"

namespace mort::cli {
namespace {

using Steady = std::chrono::steady_clock;
constexpr auto kPoll = std::chrono::milliseconds(200);

std::atomic<int> interrupts_seen{0};

constexpr Nanoseconds kMostDuration = std::chrono::hours(24 * 365);

/// How long an agent may take to end a job after it was asked to; it uses force after 10 s.
constexpr auto kStopPatience = std::chrono::seconds(30);

/// One line on the state of the job, rewritten in place on a terminal.
class Progress {
 public:
  explicit Progress(bool shown) : shown_(shown), terminal_(isatty(2) != 0) {}
  ~Progress() {
    if (terminal_ && shown_ && !last_.empty()) std::fputc('\n', stderr);
  }
  void show_log(const Json& line) {
    if (!shown_) return;
    std::fprintf(stderr, "%s%s\n", terminal_ ? "\r\033[K" : "", describe_log_line(line).c_str());
  }
  void show(const Json& job, double seconds) {
    if (!shown_) return;
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;
    for (const Json& topic : job["topics"]) {
      sent += topic.value("sent", std::uint64_t{0});
      lost += topic.value("lost", std::uint64_t{0});
    }
    std::size_t running = 0;
    for (const Json& task : job["tasks"]) running += task.value("state", "") == "running" ? 1 : 0;
    std::string head =
        job.value("state", "") +
        (job.value("epoch", 1) > 1 ? ", epoch " + std::to_string(job.value("epoch", 1)) : "");
    const std::string line = head + ": " + std::to_string(running) + " of " +
                             std::to_string(job["tasks"].size()) + " tasks running, " +
                             std::to_string(sent) + " samples sent, " + std::to_string(lost) +
                             " lost";
    if (terminal_) {
      std::fprintf(stderr, "\r\033[K[%5.1f s] %s", seconds, line.c_str());
      std::fflush(stderr);
    } else if (line != last_ && (head != last_head_ || seconds - last_time_ >= 1)) {
      std::fprintf(stderr, "[%5.1f s] %s\n", seconds, line.c_str());
      last_time_ = seconds;
    }
    last_ = line;
    last_head_ = head;
  }

 private:
  const bool shown_;
  const bool terminal_;
  std::string last_;
  std::string last_head_;
  double last_time_ = -1;
};

}  // namespace

std::string number(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string describe_log_line(const Json& line) {
  const std::int64_t ms = line.value("time_ms", std::int64_t{0});
  const std::time_t seconds = ms / 1000;
  std::tm time{};
  localtime_r(&seconds, &time);
  char clock[32];
  std::strftime(clock, sizeof clock, "%H:%M:%S", &time);
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, ".%03d", static_cast<int>(ms % 1000));
  const std::string task = line.value("task", "");
  return visible_line(clock + std::string(fraction) + " " + line.value("node", "") +
                      (task.empty() ? "" : " " + task) + ": " + line.value("text", ""));
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { ++interrupts_seen; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
  return interrupts_seen > 0;
}

namespace {

/// Lines from `next` on, which is then behind them.
Result<void> show_logs(agent::Client& client, const std::string& job, Progress& progress,
                       std::size_t& next) {
  MORT_TRY(text, client.get("/v1/jobs/" + job + "/logs?skip=" + std::to_string(next)));
  const Json logs = Json::parse(text, nullptr, false);
  for (const Json& line : logs["lines"]) progress.show_log(line);
  next = logs.value("next", next);
  return {};
}

/// What the workers said at their end comes after the end of the job: from other nodes, and from
/// processes that are just leaving. Until nothing has come for a while.
Result<void> show_last_logs(agent::Client& client, const std::string& job, Progress& progress,
                            std::size_t& next) {
  constexpr auto kQuiet = std::chrono::milliseconds(300);
  constexpr auto kMost = std::chrono::seconds(2);
  const auto begin = Steady::now();
  for (auto last = begin; Steady::now() - last < kQuiet && Steady::now() - begin < kMost;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::size_t before = next;
    MORT_TRY_VOID(show_logs(client, job, progress, next));
    if (next != before) last = Steady::now();
  }
  return {};
}

}  // namespace

Result<Watched> watch_job(agent::Client& client, const std::string& job,
                          const WatchOptions& options) {
  Watched watched;
  Progress progress(options.show_progress);
  const auto begin = Steady::now();
  std::optional<Steady::time_point> running_since;
  std::optional<Steady::time_point> stop_sent;
  std::size_t next_line = 0;
  while (true) {
    MORT_TRY(text, client.get("/v1/jobs/" + job));
    watched.job = Json::parse(text, nullptr, false);
    if (!watched.job.is_object())
      return fail(ErrorCode::kUnreachable, "the agent's answer cannot be read");
    watched.wall_s = std::chrono::duration<double>(Steady::now() - begin).count();
    if (options.show_progress) MORT_TRY_VOID(show_logs(client, job, progress, next_line));
    progress.show(watched.job, watched.wall_s);
    watched.interrupted = interrupted();
    if (watched.job.value("ended", false)) {
      if (options.show_progress) MORT_TRY_VOID(show_last_logs(client, job, progress, next_line));
      return watched;
    }
    if (interrupts_seen > 1)
      return fail(ErrorCode::kInterrupted, "interrupted again: the job may go on", {},
                  "see `mort jobs`");
    if (stop_sent && Steady::now() - *stop_sent > kStopPatience) {
      return fail(ErrorCode::kUnreachable, "the job does not end: is the agent that owns it away?",
                  {}, "see `mort jobs` and `mort nodes`");
    }
    if (options.alive && !options.alive())
      return fail(ErrorCode::kFailed, "an agent has ended while the job was running");
    if (!running_since && watched.job.value("state", "") == "running")
      running_since = Steady::now();
    const bool time_is_up =
        options.duration && running_since && Steady::now() - *running_since >= *options.duration;
    if ((time_is_up || interrupted()) && !stop_sent) {
      stop_sent = Steady::now();
      const auto stopped = client.post("/v1/jobs/" + job + "/stop", "{}");
      // It may have ended by itself just now: the next look tells.
      if (!stopped && stopped.error().code != ErrorCode::kInvalid)
        return tl::unexpected<Error>(stopped.error());
    }
    std::this_thread::sleep_for(kPoll);
  }
}

Json report_of(const Watched& watched) {
  const Json& job = watched.job;
  const Json& plan = job["plan"];
  Json report = {{"job", job["name"]}, {"state", job["state"]}};
  if (!job.value("reason", "").empty()) report["reason"] = job["reason"];
  report["epoch"] = job["epoch"];
  report["plan"] = plan;
  report["topics"] = job["topics"];
  report["tasks"] = job["tasks"];
  report["results"] = job["results"];
  report["wall_s"] = watched.wall_s;
  return report;
}

std::string table(std::vector<std::vector<std::string>> rows) {
  for (auto& row : rows) {
    for (std::string& cell : row) cell = visible_line(cell);  // names come from the network
  }
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line += std::string(widths[i] - row[i].size() + 2, ' ');
    }
    text += line + "\n";
  }
  return text;
}

std::string describe(const Json& report) {
  std::vector<std::vector<std::string>> rows = {{"TOPIC", "HZ", "BYTES", "SENT", "DELIVERED",
                                                 "LOST", "MEMORY B", "SHM B", "NETWORK B", "P50 us",
                                                 "P99 us"}};
  for (const Json& topic : report["topics"]) {
    rows.push_back({topic.value("topic", ""), number(topic.value("rate_hz", 0.0), 1),
                    number(topic.value("bytes_per_sample", 0.0), 0),
                    std::to_string(topic.value("sent", std::uint64_t{0})),
                    std::to_string(topic.value("delivered", std::uint64_t{0})),
                    std::to_string(topic.value("lost", std::uint64_t{0})),
                    std::to_string(topic["paths"].value("memory", std::uint64_t{0})),
                    std::to_string(topic["paths"].value("shm", std::uint64_t{0})),
                    std::to_string(topic["paths"].value("network", std::uint64_t{0})),
                    number(topic["latency_us"].value("p50", 0.0), 0),
                    number(topic["latency_us"].value("p99", 0.0), 0)});
  }
  std::string text = table(rows);
  for (const auto& [topic, result] : report["results"].items())
    text += "\n" + topic + ": " + result.dump(2) + "\n";
  text += "\nJob " + report.value("job", "") + " " + report.value("state", "") + " after " +
          number(report.value("wall_s", 0.0), 1) + " s";
  if (report.contains("reason")) text += ": " + report.value("reason", "");
  return visible_text(text) + "\n";
}

int print_report(const Watched& watched, bool json) {
  const Json report = report_of(watched);
  std::fputs(json ? (report.dump() + "\n").c_str() : describe(report).c_str(), stdout);
  if (watched.interrupted) return static_cast<int>(ErrorCode::kInterrupted);
  const std::string state = report.value("state", "");
  if (state != "failed" && state != "completed with losses") return 0;
  std::fprintf(stderr, "mort: job %s: %s\n", state.c_str(),
               visible_line(report.value("reason", "")).c_str());
  return static_cast<int>(ErrorCode::kFailed);
}

Result<Json> submit_job(agent::Client& client, const BuiltJob& job, const Submission& submission) {
  for (const auto& [sha256, file] : job.files) {
    MORT_TRY(here, client.get("/v1/artifacts/" + sha256));
    if (here.find("true") != std::string::npos) continue;
    MORT_TRY(sent, client.put_file("/v1/artifacts/" + sha256, file));
  }
  const Json body = {{"manifest", to_json(job.manifest)},
                     {"follow", submission.follow},
                     {"options", submission.planner},
                     {"allow_one_copy", submission.allow_one_copy}};
  MORT_TRY(answer, client.submit("/v1/jobs", body.dump()));
  return Json::parse(answer, nullptr, false);
}

Result<std::chrono::milliseconds> parse_duration(const std::string& text) {
  const bool bare = !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
  const auto ns = graph::parse_duration(bare ? text + "s" : text);
  if (!ns || *ns < 1'000'000 || *ns > kMostDuration.count()) {
    return fail(ErrorCode::kInvalid, "not a duration: \"" + text + "\"", "--duration",
                "write e.g. 10s, 500ms or 2m");
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(Nanoseconds(*ns));
}

}  // namespace mort::cli
