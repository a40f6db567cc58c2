#include "http_api.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "fd_stream.hpp"
#include "mort/base/json_shape.hpp"
#include "mort/base/sha256.hpp"
#include "request_gate.hpp"
#include "users.hpp"

namespace mort::agent {
namespace {

using Json = nlohmann::json;

constexpr int kTimeoutMs = 10'000;
constexpr std::size_t kThreads = 8;
/// For requests with a large body, which is read while it comes.
constexpr std::size_t kBulkThreads = 16;
constexpr std::size_t kMostDepth = 32;
constexpr std::size_t kMostValues = 100'000;
constexpr const char* kRequestHeader = "X-Mort-Request";
constexpr std::size_t kMostRequestId = 64;
/// Of 20 ms each: how long a submission waits for a second copy.
constexpr int kPolls = 150;
constexpr std::size_t kMaxBody = 64UL << 20;
constexpr const char* kUserHeader = "X-Mort-User";

std::string user_of(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "unknown";
  return user_name(peer.uid);
}

void answer(httplib::Response& response, const Result<std::string>& result) {
  if (result) {
    response.set_content(*result, "application/json");
    return;
  }
  const Error& error = result.error();
  response.status = error.code == ErrorCode::kDenied    ? 403
                    : error.code == ErrorCode::kInvalid ? 400
                                                        : 500;
  const Json body = {{"error",
                      {{"code", static_cast<int>(error.code)},
                       {"message", error.message},
                       {"where", error.where},
                       {"cure", error.cure}}}};
  response.set_content(body.dump(-1, ' ', false, Json::error_handler_t::replace),
                       "application/json");
}

}  // namespace

class HttpApi::Impl : public httplib::Server {
 public:
  Impl(AgentCore& core, scheduler::Lane& lane, const ArtifactStore& artifacts)
      : core_(core), lane_(lane), artifacts_(artifacts), pool_(kThreads), bulk_(kBulkThreads) {
    set_payload_max_length(graph::kMaxArtifactBytes);
    set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
      const std::uint64_t size =
          std::strtoull(request.get_header_value("Content-Length").c_str(), nullptr, 10);
      const bool sized = request.get_header_value("Transfer-Encoding").empty() &&
                         request.get_header_value("Content-Encoding").empty() &&
                         (request.method == "GET" || request.has_header("Content-Length"));
      if (!sized) {
        answer(response, fail(ErrorCode::kInvalid, "a request needs a plain body of known length"));
        return HandlerResponse::Handled;
      }
      if (size <= kMaxBody || request.path.rfind("/v1/artifacts/", 0) == 0)
        return HandlerResponse::Unhandled;
      answer(response, fail(ErrorCode::kInvalid, "the request is larger than 64 MiB"));
      return HandlerResponse::Handled;
    });
    add_views();
    add_commands();
    add_artifacts();
  }
  ~Impl() override { close_all(); }

  Result<void> start(const std::string& path) {
    const auto address = unix_address(path);
    if (!address)
      return fail(ErrorCode::kInvalid, "the socket path is too long", path,
                  "choose a shorter --data-dir");
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool taken =
        connect(probe, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0;
    close(probe);
    if (taken)
      return fail(ErrorCode::kFailed, "another agent uses this data directory", path,
                  "give each agent its own --data-dir");
    unlink(path.c_str());
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const mode_t before = umask(0117);
    const bool bound =
        bind(listener, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0 &&
        ::listen(listener, 64) == 0;
    umask(before);
    if (!bound) {
      close(listener);
      return fail(ErrorCode::kFailed, std::string("cannot listen: ") + std::strerror(errno), path);
    }
    svr_sock_ = listener;
    path_ = path;
    gate_ = std::make_unique<RequestGate>(
        listener, [this](int fd, std::string received, RequestPart part) {
          // A client that does not read holds no thread for ever.
          const timeval patience{kTimeoutMs / 1000, 0};
          setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
          auto& pool = part == RequestPart::kHead ? bulk_ : pool_;
          pool.enqueue([this, fd, received = std::move(received)]() mutable {
            serve(fd, std::move(received));
          });
        });
    return {};
  }

  void close_all() {
    const int listener = svr_sock_.exchange(INVALID_SOCKET);
    if (listener == INVALID_SOCKET) return;
    gate_.reset();
    close(listener);
    pool_.shutdown();
    bulk_.shutdown();
    unlink(path_.c_str());
  }

 private:
  void serve(int fd, std::string received) {
    FdStream stream(fd, kTimeoutMs, std::move(received));
    const std::string user = user_of(fd);
    bool closed = false;
    process_request(stream, true, closed, [&user](httplib::Request& request) {
      request.headers.erase(kUserHeader);  // only the socket says who it is
      request.headers.emplace(kUserHeader, user);
    });
    shutdown(fd, SHUT_RDWR);
    close(fd);
  }

  /// Runs `action` on the core's lane and waits for it. What was given up before it began never
  /// begins; what has begun is waited for.
  template <class Action>
  auto on_core(Action action) -> Result<std::string> {
    enum Stage { kWaiting, kBegun, kGivenUp };
    auto stage = std::make_shared<std::atomic<int>>(kWaiting);
    auto promise = std::make_shared<std::promise<Result<std::string>>>();
    auto future = promise->get_future();
    lane_.post([promise, stage, action = std::move(action)] {
      int expected = kWaiting;
      if (stage->compare_exchange_strong(expected, kBegun)) promise->set_value(action());
    });
    promise.reset();  // a lane that closes drops the command, and with it the promise
    auto ready = future.wait_for(std::chrono::milliseconds(kTimeoutMs));
    int expected = kWaiting;
    if (ready != std::future_status::ready && !stage->compare_exchange_strong(expected, kGivenUp)) {
      future.wait();
      ready = std::future_status::ready;
    }
    try {
      if (ready == std::future_status::ready) return future.get();
    } catch (const std::future_error&) {
    }
    return fail(ErrorCode::kUnreachable, "the agent is busy or ending", {}, "try again");
  }

  void add_view(const char* path, std::string (AgentCore::*view)() const) {
    Get(path, [this, view](const httplib::Request&, httplib::Response& response) {
      answer(response, on_core([this, view]() -> Result<std::string> { return (core_.*view)(); }));
    });
  }

  void add_views() {
    add_view("/v1/nodes", &AgentCore::nodes_json);
    add_view("/v1/jobs", &AgentCore::jobs_json);
    add_view("/v1/tasks", &AgentCore::tasks_json);
    add_view("/v1/topics", &AgentCore::topics_json);
    Get("/v1/policy", [this](const httplib::Request&, httplib::Response& response) {
      answer(response, on_core([this]() -> Result<std::string> { return core_.policy(); }));
      if (response.status != 400) response.set_header("Content-Type", "application/yaml");
    });
    Get(R"(/v1/jobs/([\w.-]{1,200}))",
        [this](const httplib::Request& request, httplib::Response& response) {
          answer(response,
                 on_core([this, job = request.matches[1].str()] { return core_.job_json(job); }));
        });
    Get(R"(/v1/jobs/([\w.-]{1,200})/plan)",
        [this](const httplib::Request& request, httplib::Response& response) {
          answer(response, on_core([this, job = request.matches[1].str()] {
                   return core_.running_plan_json(job);
                 }));
        });
    Get(R"(/v1/jobs/([\w.-]{1,200})/logs)", [this](const httplib::Request& request,
                                                   httplib::Response& response) {
      const std::size_t skip = std::strtoull(request.get_param_value("skip").c_str(), nullptr, 10);
      answer(response, on_core([this, job = request.matches[1].str(), skip] {
               return core_.logs_json(job, skip);
             }));
    });
  }

  static Result<SubmitRequest> submit_request(const httplib::Request& request) {
    const JsonShape shape = json_shape(request.body);
    if (shape.depth > kMostDepth || shape.values > kMostValues) {
      return fail(ErrorCode::kInvalid,
                  "malformed submission: its JSON is nested too deeply or has too many values", {},
                  "send {\"manifest\": TEXT, \"follow\": false, \"options\": {}}");
    }
    const Json body = Json::parse(request.body, nullptr, false);
    try {
      MORT_TRY(options, plan_options(body.value("options", PlanChoices())));
      SubmitRequest made{body.at("manifest").get<std::string>(),
                         request.get_header_value(kUserHeader), body.at("follow").get<bool>(),
                         options};
      made.request = request.get_header_value(kRequestHeader);
      made.allow_one_copy = body.value("allow_one_copy", false);
      if (made.request.size() > kMostRequestId)
        return fail(ErrorCode::kInvalid, "the request id is longer than 64 bytes");
      return made;
    } catch (const std::exception& e) {
      return fail(ErrorCode::kInvalid, std::string("malformed submission: ") + e.what());
    }
  }

  void add_commands() {
    Post("/v1/plan", [this](const httplib::Request& request, httplib::Response& response) {
      auto submission = submit_request(request);
      if (!submission) return answer(response, tl::unexpected<Error>(submission.error()));
      answer(response,
             on_core([this, submission = *submission] { return core_.plan(submission); }));
    });
    Post("/v1/jobs", [this](const httplib::Request& request, httplib::Response& response) {
      auto submission = submit_request(request);
      if (!submission) return answer(response, tl::unexpected<Error>(submission.error()));
      answer(response, submit(*submission));
    });
    Post(R"(/v1/jobs/([\w.-]{1,200})/stop)",
         [this](const httplib::Request& request, httplib::Response& response) {
           answer(response,
                  on_core([this, job = request.matches[1].str(),
                           user = request.get_header_value(kUserHeader)]() -> Result<std::string> {
                    if (auto stopped = core_.stop(job, user); !stopped)
                      return tl::unexpected<Error>(stopped.error());
                    return "{}";
                  }));
         });
    Put("/v1/policy", [this](const httplib::Request& request, httplib::Response& response) {
      answer(response,
             on_core([this, text = request.body,
                      user = request.get_header_value(kUserHeader)]() -> Result<std::string> {
               if (auto set = core_.set_policy(text, user); !set)
                 return tl::unexpected<Error>(set.error());
               return "{}";
             }));
    });
  }

  /// Accepted means that this very job is stored on two nodes (one in a fleet of one); the answer
  /// says on how many it is. A job that is not is taken back.
  Result<std::string> submit(const SubmitRequest& submission) {
    const auto accepted = on_core([this, submission]() -> Result<std::string> {
      MORT_TRY(submitted, core_.submit(submission));
      return Json({{"job", submitted.job},
                   {"plan", Json::parse(submitted.plan, nullptr, false)},
                   {"number", submitted.number}})
          .dump();
    });
    if (!accepted) return accepted;
    Json out = Json::parse(*accepted);
    const auto number = out["number"].get<std::uint64_t>();
    const auto job = out["job"].get<std::string>();
    out.erase("number");
    out["stored_on"] = 1;
    if (number == 0) return out.dump();  // accepted by an earlier run of this agent
    for (int i = 0; i < kPolls; ++i) {
      const auto counts = on_core([this, number]() -> Result<std::string> {
        return Json({core_.stored_on(number), core_.fleet_size()}).dump();
      });
      if (!counts) return counts;
      const Json pair = Json::parse(*counts);
      const auto copies = pair[0].get<std::size_t>();
      out["stored_on"] = copies;
      if (copies >= std::min<std::size_t>(2, pair[1].get<std::size_t>())) return out.dump();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    if (submission.allow_one_copy) return out.dump();
    const auto withdrawn = on_core([this, job]() -> Result<std::string> {
      if (auto done = core_.withdraw(job); !done) return tl::unexpected<Error>(done.error());
      return "{}";
    });
    return fail(ErrorCode::kUnreachable,
                "the job is not accepted: no second node has stored it within 3 s" +
                    std::string(withdrawn ? "; it was taken back"
                                          : "; taking it back failed too, see `mort jobs`"),
                {}, "look at `mort nodes`, or accept one copy with --allow-one-copy");
  }

  void add_artifacts() {
    Get(R"(/v1/artifacts/([0-9a-f]{64}))",
        [this](const httplib::Request& request, httplib::Response& response) {
          // A damaged one is sent again.
          const bool here = artifacts_.check(request.matches[1].str());
          answer(response, std::string(here ? R"({"here":true})" : R"({"here":false})"));
        });
    Put(R"(/v1/artifacts/([0-9a-f]{64}))",
        [this](const httplib::Request& request, httplib::Response& response,
               const httplib::ContentReader& read) {
          const std::string file = artifacts_.temporary_path();
          std::ofstream out(file, std::ios::binary);
          const bool whole = read([&out](const char* data, std::size_t size) {
            return static_cast<bool>(out.write(data, static_cast<std::streamsize>(size)));
          });
          out.close();
          if (!whole || !out) {
            std::error_code ignored;
            std::filesystem::remove(file, ignored);
            return answer(response, fail(ErrorCode::kFailed,
                                         "the artifact did not arrive whole, or the disk is full"));
          }
          auto adopted = artifacts_.adopt(file, request.matches[1].str());
          if (!adopted) return answer(response, tl::unexpected<Error>(adopted.error()));
          answer(response, std::string("{}"));
        });
  }

  AgentCore& core_;
  scheduler::Lane& lane_;
  const ArtifactStore& artifacts_;
  httplib::ThreadPool pool_;
  httplib::ThreadPool bulk_;
  std::string path_;
  std::unique_ptr<RequestGate> gate_;
};

HttpApi::HttpApi(AgentCore& core, scheduler::Lane& lane, const ArtifactStore& artifacts)
    : impl_(std::make_unique<Impl>(core, lane, artifacts)) {}
HttpApi::~HttpApi() = default;
Result<void> HttpApi::start(const std::string& socket_path) {
  return impl_->start(socket_path);
}
void HttpApi::stop() {
  impl_->close_all();
}

}  // namespace mort::agent
