#include "http_api.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "fd_stream.hpp"
#include "mort/base/sha256.hpp"
#include "users.hpp"

namespace mort::agent {
namespace {

using Json = nlohmann::json;

constexpr int kTimeoutMs = 10'000;
constexpr std::size_t kThreads = 8;
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
      : core_(core), lane_(lane), artifacts_(artifacts), pool_(kThreads) {
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
    acceptor_ = std::thread([this, listener] { accept_all(listener); });
    return {};
  }

  void close_all() {
    const int listener = svr_sock_.exchange(INVALID_SOCKET);
    if (listener == INVALID_SOCKET) return;
    shutdown(listener, SHUT_RDWR);
    acceptor_.join();
    close(listener);
    pool_.shutdown();
    unlink(path_.c_str());
  }

 private:
  void accept_all(int listener) {
    while (svr_sock_ != INVALID_SOCKET) {
      const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) {
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (svr_sock_ == INVALID_SOCKET) return;
        std::this_thread::sleep_for(
            std::chrono::milliseconds(20));  // out of descriptors: let some close
        continue;
      }
      const timeval patience{kTimeoutMs / 1000,
                             0};  // a client that does not read holds no thread for ever
      setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      pool_.enqueue([this, fd] {
        FdStream stream(fd, kTimeoutMs);
        const std::string user = user_of(fd);
        bool closed = false;
        process_request(stream, true, closed, [&user](httplib::Request& request) {
          request.headers.erase(kUserHeader);  // only the socket says who it is
          request.headers.emplace(kUserHeader, user);
        });
        shutdown(fd, SHUT_RDWR);
        close(fd);
      });
    }
  }

  /// Runs `action` on the core's lane and waits for it.
  template <class Action>
  auto on_core(Action action) -> Result<std::string> {
    auto promise = std::make_shared<std::promise<Result<std::string>>>();
    auto future = promise->get_future();
    lane_.post([promise, action = std::move(action)] { promise->set_value(action()); });
    promise.reset();  // a lane that closes drops the command, and with it the promise
    const auto ready = future.wait_for(std::chrono::milliseconds(kTimeoutMs));
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

  Result<SubmitRequest> submit_request(const httplib::Request& request) {
    const Json body = Json::parse(request.body, nullptr, false);
    try {
      MORT_TRY(options, plan_options(body.value("options", PlanChoices())));
      return SubmitRequest{body.at("manifest").get<std::string>(),
                           request.get_header_value(kUserHeader), body.at("follow").get<bool>(),
                           options};
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

  /// Accepted means stored on two nodes (one in a fleet of one); the answer says on how many it is.
  Result<std::string> submit(const SubmitRequest& submission) {
    std::string job;
    Json out;
    auto accepted = on_core([this, submission]() -> Result<std::string> {
      MORT_TRY(submitted, core_.submit(submission));
      return Json({{"job", submitted.job}, {"plan", Json::parse(submitted.plan, nullptr, false)}})
          .dump();
    });
    if (!accepted) return accepted;
    out = Json::parse(*accepted);
    constexpr int kPolls = 150;
    for (int i = 0; i < kPolls; ++i) {
      const auto counts = on_core([this]() -> Result<std::string> {
        return Json({core_.stored_on(), core_.fleet_size()}).dump();
      });
      if (!counts) break;
      const Json pair = Json::parse(*counts);
      out["stored_on"] = pair[0];
      if (pair[0].get<std::size_t>() >= std::min<std::size_t>(2, pair[1].get<std::size_t>())) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return out.dump();
  }

  void add_artifacts() {
    Get(R"(/v1/artifacts/([0-9a-f]{64}))",
        [this](const httplib::Request& request, httplib::Response& response) {
          const bool here = artifacts_.has(request.matches[1].str());
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
  std::string path_;
  std::thread acceptor_;
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
