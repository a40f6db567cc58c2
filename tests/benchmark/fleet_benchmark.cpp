// What a fleet costs its agents: a turn of the control plane, a decision on rights, and the bytes
// of the exchange by the size of the fleet (pure parts, no network).
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <queue>
#include <random>

#include "fleet.hpp"
#include "life_cycle.hpp"
#include "mort/message/message.hpp"
#include "mort/space/sync.hpp"
#include "rows.hpp"

namespace mort {
namespace {

using benchmark_rows::Goal;
using benchmark_rows::Row;
using std::chrono::milliseconds;
using std::chrono::seconds;

double microseconds_of(const std::function<void()>& work) {
  const auto before = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - before)
      .count();
}

// --- a turn ---

space::RecordPtr record(const std::string& space, const std::string& key, std::string body,
                        std::uint64_t stamp) {
  space::Record made;
  made.space = space;
  made.key = key;
  made.author = "a.1";
  made.author_seq = 1;
  made.stamp = {stamp, 0};
  made.body = std::move(body);
  return space::seal(std::move(made));
}

void says(agent::Fleet& fleet, const space::RecordPtr& record) {
  fleet.apply(record->space, record->key, record);
}

/// A job of `tasks` tasks in a chain on two nodes.
void submit(agent::Fleet& fleet, int number, int tasks, bool ended) {
  const std::string id = "job" + std::to_string(number);
  graph::Manifest manifest;
  manifest.job.name = id;
  manifest.job.file = "job.yaml";
  manifest.graph.types.structs["demo::Piece"] = {{{"number", "int64"}}};
  agent::SubmitRecord submission;
  for (int i = 0; i < tasks; ++i) {
    graph::TaskDecl task;
    task.name = "T" + std::to_string(100 + i);
    if (i > 0)
      task.sub.push_back({id + "_" + std::to_string(i - 1), "demo::Piece", {"t.cpp", 1, 1}});
    if (i + 1 < tasks)
      task.pub.push_back({id + "_" + std::to_string(i), "demo::Piece", {"t.cpp", 2, 1}});
    manifest.graph.tasks.push_back(task);
    submission.assign[task.name] = i % 2 ? "a" : "b";
  }
  submission.job = submission.name = id;
  submission.owner = "a";
  submission.user = "ann";
  submission.manifest = graph::to_json(manifest);
  submission.plan = "{}";
  const auto stamp = static_cast<std::uint64_t>(number + 1);
  says(fleet, record(space::kCmd, agent::submit_key(id), agent::to_json(submission), stamp));
  says(fleet, record(space::kCmd, agent::start_key(id), agent::epoch_to_json(1), stamp));
  if (ended)
    says(fleet, record(space::kCmd, agent::end_key(id),
                       agent::to_json(agent::EndRecord{agent::kCompleted, "", 1}), stamp));
}

Row turn() {
  agent::Fleet fleet;
  constexpr int kEnded = 1000;
  constexpr int kLive = 100;
  for (int i = 0; i < kEnded + kLive; ++i) submit(fleet, i, 20, i < kEnded);
  fleet.take_changed_jobs();
  Row row;
  row.name = "turn, 1000 ended and 100 live jobs of 20 tasks, one record changed";
  row.unit = "us";
  for (int i = 0; i < 300; ++i) {
    const std::string id = "job" + std::to_string(kEnded + i % kLive);
    agent::WorkerRecord worker;
    worker.job = id;
    worker.node = i % 2 ? "a" : "b";
    worker.epoch = 1;
    worker.phase = agent::Phase::kRunning;
    for (int task = 0; task < 10; ++task) {
      worker.task_states["T" + std::to_string(100 + task)] = "running";
      worker.stats.tasks.push_back({"T" + std::to_string(100 + task), "running"});
    }
    const auto changed =
        record(space::kState, agent::worker_key(id, worker.node), agent::to_json(worker), 1);
    row.samples.push_back(microseconds_of([&] {
      says(fleet, changed);
      for (const std::string& job_id : fleet.take_changed_jobs()) {
        const agent::Job* job = fleet.job(job_id);
        agent::next_step(job->view, fleet.workers(job->view), job->manifest.get(),
                         fleet.rival_of(*job), {});
      }
    }));
  }
  row.goal = Goal{Goal::kAtMost, 1000};
  return row;
}

// --- rights ---

Row decision() {
  std::string text = "rules:\n";
  for (int i = 0; i < 1000; ++i) {
    const std::string n = std::to_string(i);
    if (i % 10 == 0)
      text += "  - forbid: {topics: ['secret/" + n + "*'], actions: [publish, subscribe]}\n";
    else
      text += "  - allow: {users: [user" + std::to_string(i % 100) + "], topics: [topic" + n +
              "], actions: [publish, subscribe]}\n";
  }
  const auto policy = access::Policy::parse(text, "policy");
  Row row;
  row.name = "decision on rights, 1000 rules of 100 users, every tenth with a pattern";
  row.unit = "us";
  constexpr int kDecisions = 1000;
  for (int round = 0; round < 50 && policy; ++round) {
    int allowed = 0;
    row.samples.push_back(microseconds_of([&] {
                            for (int i = 0; i < kDecisions; ++i) {
                              const access::Request request{"user" + std::to_string(i % 100),
                                                            access::Action::kPublish,
                                                            "job",
                                                            "T",
                                                            "topic" + std::to_string(i),
                                                            {}};
                              allowed += policy->decide(request).allowed;
                            }
                          }) /
                          kDecisions);
    if (allowed != 900) return {};
  }
  row.goal = Goal{Goal::kAtMost, 5};
  return row;
}

// --- the exchange ---

/// Agents without a network: what one says is with the others 10 ms later.
class Exchange {
 public:
  explicit Exchange(int agents) {
    for (int i = 0; i < agents; ++i) join();
  }
  void join() {
    const std::string node = "n" + std::to_string(10'000 + agents_.size());
    agents_.emplace_back(node,
                         std::make_unique<space::Sync>(space::Sync::Options{node, node + ".1", 1}));
    places_[node] = agents_.size() - 1;
    received_.push_back(0);
    std::set<std::string> all;
    for (const auto& [name, place] : places_) all.insert(name);
    for (auto& [name, sync] : agents_) sync->set_peers(all);
  }
  void command(std::size_t place, std::size_t bytes) {
    auto& sync = *agents_[place].second;
    const auto made = sync.propose(space::kCmd, "job/" + std::to_string(++commands_),
                                   std::string(bytes, 'x'), Nanoseconds(0), 0, now_);
    size_ = encode(*made).size();
    sync.commit(made, now_);
  }
  void run(Nanoseconds time) {
    for (const Nanoseconds until = now_ + time; now_ < until; now_ += milliseconds(10)) {
      for (std::size_t i = 0; i < agents_.size(); ++i) {
        auto& sync = *agents_[i].second;
        // Not all in step, as in a fleet.
        if ((now_ / milliseconds(10) + static_cast<Nanoseconds::rep>(i)) % 100 == 0) {
          sync.commit(sync.propose(space::kState, "node/" + agents_[i].first, std::string(200, 'b'),
                                   seconds(5), 0, now_),
                      now_);
          sync.tick(now_);
        }
        auto ready = sync.take_ready();
        if (!ready.persist.empty()) {
          sync.persisted(ready.persist);
          auto receipts = sync.take_ready();
          std::move(receipts.letters.begin(), receipts.letters.end(),
                    std::back_inserter(ready.letters));
        }
        for (auto& record : ready.publish) said_.push_back({i, std::move(record)});
        for (auto& letter : ready.letters) letters_.push_back(std::move(letter));
      }
      deliver();
    }
  }
  std::size_t last_command() const { return size_; }
  void reset() { std::fill(received_.begin(), received_.end(), 0); }
  double mean_received() const {
    double sum = 0;
    for (const std::size_t bytes : received_) sum += static_cast<double>(bytes);
    return sum / static_cast<double>(received_.size());
  }
  std::size_t received_by_last() const { return received_.back(); }
  bool agree() const {
    return std::all_of(agents_.begin(), agents_.end(), [&](const auto& agent) {
      return agent.second->fold().hash() == agents_.front().second->fold().hash();
    });
  }

 private:
  void deliver() {
    for (const auto& [from, record] : said_) {
      const std::size_t bytes = encode(*record).size();
      for (std::size_t i = 0; i < agents_.size(); ++i) {
        if (i == from) continue;
        received_[i] += bytes;
        agents_[i].second->receive(record, now_);
      }
    }
    said_.clear();
    const auto letters = std::exchange(letters_, {});
    for (const auto& letter : letters) {
      const std::size_t place = places_.at(letter.to);
      received_[place] += message::encode(letter.note).size();
      agents_[place].second->receive(letter.note, now_);
    }
  }

  std::vector<std::pair<std::string, std::unique_ptr<space::Sync>>> agents_;
  std::map<std::string, std::size_t> places_;
  std::vector<std::size_t> received_;
  std::vector<std::pair<std::size_t, space::RecordPtr>> said_;
  std::vector<space::Sync::Letter> letters_;
  Nanoseconds now_ = seconds(1'000'000);
  int commands_ = 0;
  std::size_t size_ = 0;
};

std::vector<Row> exchange(const std::string& folder) {
  std::vector<Row> rows;
  std::ofstream csv;
  if (!folder.empty()) {
    csv.open(folder + "/exchange.csv");
    csv << "agents,idle_bytes_per_s,command_times,joiner_times\n";
  }
  double least = 0;
  for (const int agents : {10, 30, 100, 300, 1000}) {
    Exchange fleet(agents);
    fleet.run(seconds(3));
    fleet.reset();
    fleet.run(seconds(3));
    const double idle = fleet.mean_received() / 3;
    if (least == 0) least = idle / agents;
    // A command beside what an idle fleet says anyway.
    fleet.reset();
    fleet.command(0, 20'000);
    fleet.run(seconds(3));
    const double command =
        (fleet.mean_received() - 3 * idle) / static_cast<double>(fleet.last_command());
    std::size_t history = fleet.last_command();
    for (int i = 0; i < 40; ++i) {
      fleet.command(static_cast<std::size_t>(i % agents), 20'000);
      history += fleet.last_command();
    }
    fleet.run(seconds(3));
    fleet.reset();
    fleet.join();
    fleet.run(seconds(3));
    const double joined =
        (static_cast<double>(fleet.received_by_last()) - 3 * idle) / static_cast<double>(history);
    if (!fleet.agree()) return rows;
    const std::string of = " of " + std::to_string(agents) + " agents";
    Row row;
    row.name = "an idle agent" + of + " receives";
    row.unit = "kB/s";
    row.samples = {idle / 1000};
    row.peer = "of 10, for each agent";
    row.peer_value = least * agents / 1000;
    row.goal = Goal{Goal::kAtMost, 1.1};  // linear
    row.goal_of_ratio = true;
    rows.push_back(row);
    rows.push_back({"a command of 20 kB, to each" + of, "times its size", {command}});
    rows.back().goal = Goal{Goal::kAtMost, 2};
    rows.push_back({"a joiner to a fleet" + of + " receives", "times the history", {joined}});
    rows.back().goal = Goal{Goal::kAtMost, 1.5};
    if (csv.is_open()) csv << agents << ',' << idle << ',' << command << ',' << joined << '\n';
  }
  return rows;
}

}  // namespace
}  // namespace mort

int main(int argc, char** argv) {
  std::string rows_file;
  std::string samples;
  CLI::App app("Cost of a fleet, one JSON line for each row.");
  app.add_option("--rows", rows_file, "File to write")->required();
  app.add_option("--samples", samples, "Folder for exchange.csv");
  CLI11_PARSE(app, argc, argv);
  std::vector<mort::benchmark_rows::Row> rows = {mort::turn(), mort::decision()};
  for (auto& row : mort::exchange(samples)) rows.push_back(std::move(row));
  return mort::benchmark_rows::write(rows_file, rows) ? 0 : 1;
}
