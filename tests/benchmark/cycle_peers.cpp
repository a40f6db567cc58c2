#include "cycle_peers.hpp"

#include <boost/fiber/buffered_channel.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/operations.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace mort::benchmark_worker {
namespace {

using Clock = std::chrono::steady_clock;
using Micros = std::chrono::duration<double, std::micro>;

struct Message {
  int value = 0;
};
using MessagePtr = std::shared_ptr<const Message>;

/// The edges of each task.
struct Ends {
  std::vector<std::size_t> in;
  std::vector<std::size_t> out;
};

std::vector<Ends> ends_of(const CycleGraph& graph) {
  std::vector<Ends> ends(static_cast<std::size_t>(graph.tasks));
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    ends[static_cast<std::size_t>(graph.edges[i].from)].out.push_back(i);
    ends[static_cast<std::size_t>(graph.edges[i].to)].in.push_back(i);
  }
  return ends;
}

/// A place for one message between two threads.
class Slot {
 public:
  static void yield() { std::this_thread::yield(); }
  void push(MessagePtr message) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !message_; });
    message_ = std::move(message);
    lock.unlock();
    changed_.notify_one();
  }
  MessagePtr pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return message_ != nullptr; });
    MessagePtr message = std::move(message_);
    lock.unlock();
    changed_.notify_one();
    return message;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  MessagePtr message_;
};

class Channel {
 public:
  static void yield() { boost::this_fiber::yield(); }
  void push(MessagePtr message) { channel_.push(std::move(message)); }
  MessagePtr pop() { return channel_.value_pop(); }

 private:
  boost::fibers::buffered_channel<MessagePtr> channel_{2};
};

/// The graph's tasks as bodies that any kind of thread can run.
template <class Edge>
class Tasks {
 public:
  Tasks(const CycleGraph& graph, int cycles)
      : graph_(graph), ends_(ends_of(graph)), edges_(graph.edges.size()), cycles_(cycles) {
    for (auto& edge : edges_) edge = std::make_unique<Edge>();
  }

  void run(int task) {
    const Ends& ends = ends_[static_cast<std::size_t>(task)];
    const int warm_up = cycles_ / 10 + 1;
    Clock::time_point begin;
    for (int cycle = 0; cycle < warm_up + cycles_; ++cycle) {
      if (task == 0 && cycle == warm_up) begin = Clock::now();
      for (const std::size_t edge : ends.in) edges_[edge]->pop();
      if (!ends.out.empty()) {
        const auto message = std::make_shared<const Message>(Message{cycle});
        for (const std::size_t edge : ends.out) edges_[edge]->push(message);
      }
      if (graph_.tasks == 1) {
        Edge::yield();
        continue;
      }
      if (task == graph_.sink) done_.push(std::make_shared<const Message>());
      if (task == 0) done_.pop();
    }
    if (task == 0) mean_ = Micros(Clock::now() - begin) / cycles_;
  }
  Micros mean() const { return mean_; }

 private:
  const CycleGraph& graph_;
  const std::vector<Ends> ends_;
  std::vector<std::unique_ptr<Edge>> edges_;
  const int cycles_;
  Edge done_;
  Micros mean_{0};
};

}  // namespace

CycleGraph CycleGraph::chain(int tasks) {
  CycleGraph graph{tasks, {}, tasks - 1};
  for (int i = 0; i + 1 < tasks; ++i) graph.edges.push_back({i, i + 1});
  return graph;
}

CycleGraph CycleGraph::diamond(int tasks) {
  CycleGraph graph{tasks, {}, tasks - 1};
  for (int i = 1; i + 1 < tasks; ++i) {
    graph.edges.push_back({0, i});
    graph.edges.push_back({i, tasks - 1});
  }
  return graph;
}

CycleGraph CycleGraph::text_statistics() {
  // 0 drives; 1, 2 raw data; 3, 4, 5 range counts; 6, 7 joins; 8 the result.
  CycleGraph graph{9, {{0, 1}, {0, 2}}, 8};
  for (const int count : {3, 4, 5}) {
    graph.edges.push_back({1, count});
    graph.edges.push_back({2, count});
    graph.edges.push_back({count, 6});
    graph.edges.push_back({count, 7});
  }
  graph.edges.push_back({6, 8});
  graph.edges.push_back({7, 8});
  return graph;
}

Micros cycle_on_threads(const CycleGraph& graph, int cycles) {
  Tasks<Slot> tasks(graph, cycles);
  std::vector<std::jthread> threads;
  for (int i = 0; i < graph.tasks; ++i) threads.emplace_back([&tasks, i] { tasks.run(i); });
  threads.clear();
  return tasks.mean();
}

Micros cycle_on_fibers(const CycleGraph& graph, int cycles) {
  Tasks<Channel> tasks(graph, cycles);
  std::vector<boost::fibers::fiber> fibers;
  for (int i = 0; i < graph.tasks; ++i) fibers.emplace_back([&tasks, i] { tasks.run(i); });
  for (auto& fiber : fibers) fiber.join();
  return tasks.mean();
}

}  // namespace mort::benchmark_worker
