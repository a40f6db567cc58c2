// Runs one task as a coroutine on its lane: the worker's side of what mort::Task asks for.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "mort/base/dense_object.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/task/inbox.hpp"
#include "mort/task/task.hpp"
#include "parameters.hpp"
#include "ports.hpp"

namespace mort::worker {

/// a == b; where they are short, as topics are, without a call.
inline bool equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const auto ends_equal = [&](auto word) {  // the first word and the last, which may overlap
    const std::size_t last = a.size() - sizeof word;
    decltype(word) a_first, a_last, b_first, b_last;
    std::memcpy(&a_first, a.data(), sizeof word);
    std::memcpy(&b_first, b.data(), sizeof word);
    std::memcpy(&a_last, a.data() + last, sizeof word);
    std::memcpy(&b_last, b.data() + last, sizeof word);
    return ((a_first ^ b_first) | (a_last ^ b_last)) == 0;
  };
  if (a.size() > 2 * sizeof(std::uint64_t)) return a == b;
  if (a.size() >= sizeof(std::uint64_t)) return ends_equal(std::uint64_t{});
  if (a.size() >= sizeof(std::uint32_t)) return ends_equal(std::uint32_t{});
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i]) return false;
  return true;
}

/// The ports of one task by topic. A task has a few, or a great many, and mostly asks for them in
/// the order in which they were added.
template <class Port>
class PortMap {
 public:
  Port& add(std::unique_ptr<Port> port) {
    if (many_) return many_->add(std::move(port));
    if (!only_) return *(only_ = std::move(port));
    many_ = std::make_unique<Many>();
    many_->add(std::move(only_));
    return many_->add(std::move(port));
  }
  /// Null when there is none.
  Port* find(std::string_view topic) const {
    if (many_) return many_->find(topic);
    return only_ && equal(only_->topic(), topic) ? only_.get() : nullptr;
  }
  bool empty() const { return !only_ && !many_; }
  std::span<const std::unique_ptr<Port>> all() const {
    if (many_) return many_->ports;
    return {&only_, only_ ? 1U : 0U};
  }

 private:
  struct Many {
    Port& add(std::unique_ptr<Port> port) {
      ports.push_back(std::move(port));
      if (ports.size() > kFew) {
        for (std::size_t i = index.size(); i < ports.size(); ++i)
          index.emplace(ports[i]->topic(), i);
      }
      return *ports.back();
    }
    Port* find(std::string_view topic) {
      if (!equal(ports[next]->topic(), topic)) {
        const std::size_t found = position(topic);
        if (found == ports.size()) return nullptr;
        next = found;
      }
      Port* port = ports[next].get();
      if (++next == ports.size()) next = 0;
      return port;
    }
    /// How many there are when there is none.
    [[gnu::noinline]] std::size_t position(std::string_view topic) const {
      if (index.empty()) {
        const auto named = [topic](const auto& port) { return port->topic() == topic; };
        return static_cast<std::size_t>(std::find_if(ports.begin(), ports.end(), named) -
                                        ports.begin());
      }
      const auto found = index.find(topic);
      return found == index.end() ? ports.size() : found->second;
    }

    static constexpr std::size_t kFew = 8;  ///< up to here comparing is quicker than hashing
    std::vector<std::unique_ptr<Port>> ports;
    std::size_t next = 0;  ///< after the one that was asked for last
    std::unordered_map<std::string_view, std::size_t> index;
  };

  // One port is kept here, where the task lies in the cache anyway.
  std::unique_ptr<Port> only_;
  std::unique_ptr<Many> many_;
};

/// Threads: the lane of the task, except where said.
class alignas(64) TaskRunner : public TaskHost, public DenseObject {
 public:
  struct Settings {
    std::string name;
    int order = 0;
    Nanoseconds period{0};
    std::size_t stack_bytes = 0;
    const Parameters* params = nullptr;
  };
  /// Called on the lane of the task.
  struct Hooks {
    std::function<void(const std::string& state, const std::string& message)> on_state;
    std::function<void(const std::string& text)> on_log;
  };
  TaskRunner(Settings settings, scheduler::Lane& lane, Hooks hooks);
  ~TaskRunner() override;

  // Before the start:
  void add(std::unique_ptr<Subscription> subscription);
  void add(std::unique_ptr<Publication> publication);
  Subscription* subscription(std::string_view topic) const { return subscriptions_.find(topic); }
  Publication* publication(std::string_view topic) const { return publications_.find(topic); }
  std::span<const std::unique_ptr<Subscription>> subscriptions() const {
    return subscriptions_.all();
  }
  std::span<const std::unique_ptr<Publication>> publications() const { return publications_.all(); }

  /// What other threads post to; before the start.
  void add(InboxBase& inbox);
  /// Starts `body` as the coroutine; a stack that cannot be had fails the task.
  void start(std::function<void()> body);
  /// Asks a source (a task without subscriptions other than feedback) to end at its next
  /// WaitTick().
  void stop();
  /// Unwinds the task at its next wait.
  void cancel();
  /// In a child of fork(): every call of the SDK ends that process.
  void forked() { cancelled_ = true; }
  /// Ends it at once. Its lane must not run.
  void unwind();
  /// Lets it look again at what it waits for.
  void wake();
  TaskStats stats() const;
  const std::string& name() const { return settings_.name; }
  scheduler::Lane& lane() const { return lane_; }

  /// The next payload of `topic`, for the sink that knows no C++ type; null when there is none.
  PayloadBytes take_payload(std::string_view topic);

  // TaskHost:
  std::shared_ptr<const void> take(std::string_view topic, const MessageType& type,
                                   bool wait) override;
  bool publish(std::string_view topic, const MessageType& type,
               std::shared_ptr<const void> message) override;
  bool wait_data() override;
  WaitResult wait_for(WaitFor what, std::span<const std::string_view> topics,
                      std::optional<Nanoseconds> timeout) override;
  bool wait_tick() override;
  void sleep(Nanoseconds time) override;
  bool ended(std::string_view topic) const override;
  [[noreturn]] void finish() override;
  std::string param(std::string_view name) const override;
  std::int64_t int_param(std::string_view name) const override;
  void log(std::string_view text) const override;

 private:
  /// A topic or an inbox.
  struct Input {
    Subscription* topic = nullptr;
    InboxBase* inbox = nullptr;
  };
  static bool is_empty(const Input& input);
  static bool is_feedback(const Input& input);
  bool is_finished(const Input& input) const;
  static bool align(const std::vector<Input>& inputs);
  std::optional<WaitResult> look(WaitFor what) const;
  Input input_named(std::string_view name) const;
  void report_dropped() const;
  /// A task's calls belong to its own coroutine. The check costs one load and a comparison.
  void require_own_thread(const char* call) const {
    if (scheduler::turning_lane != &lane_ && !unwinding_) throw_other_thread(call);
  }
  [[noreturn]] void throw_other_thread(const char* call) const;
  std::shared_ptr<const void> open(Subscription& subscription, const MessageType& type);
  void suspend();
  void yield();
  void let_others_run();
  void wait_until(Nanoseconds deadline);
  /// Will feedback come to nothing? In a source when the job is being stopped, else when all other
  /// inputs are finished.
  bool loop_ended() const;
  /// By a Publish that is refused. A task with an inbox learns of the stop there, and may still
  /// publish what it took from it.
  bool is_told_to_stop() const {
    return stopping_ && is_source_ && !told_by_wait_ && inboxes_.empty();
  }
  Subscription& registered(std::string_view topic) const {
    if (Subscription* subscription = this->subscription(topic)) return *subscription;
    throw_not_registered(topic);
  }
  [[noreturn]] void throw_ended() const;
  [[noreturn]] void throw_not_registered(std::string_view topic) const;
  [[noreturn]] void throw_not_published(std::string_view topic) const;
  void ended_with(std::exception_ptr error);
  void measure(TaskStats& stats) const;
  void set_state(const std::string& state, const std::string& message);

  // What a hand-over touches is one line of the cache.
  PortOwner owner_;  ///< the task, and what it waits for
  int burst_ = 0;    ///< samples published since the last wait
  bool stopping_ = false;
  bool told_by_wait_ = false;
  bool is_source_ = true;  ///< nothing but feedback comes in
  bool has_feedback_ = false;
  bool cancelled_ = false;
  bool unwinding_ = false;  ///< off its lane, while that does not run
  PortMap<Subscription> subscriptions_;
  PortMap<Publication> publications_;
  // Further ones:
  scheduler::Lane& lane_;
  std::vector<Input> awaited_;  ///< of the wait_for() that goes on
  std::vector<InboxBase*> inboxes_;
  std::unique_ptr<scheduler::Doorbell> inbox_bell_;
  std::unique_ptr<scheduler::Ticker> ticker_;  ///< of a task with a period
  const Settings settings_;
  const Hooks hooks_;
  std::string state_ = "waiting";
  std::unique_ptr<TaskStats> spent_;  ///< of a task that has ended
  Nanoseconds started_{0};
};

}  // namespace mort::worker
