// task t pub=a:m::A

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>
#include <iostream>
#include <thread>

#include "probe.hpp"

namespace m {

class T : public mort::Task {
 public:
  T() {
    RegTask("t");
    RegPub({"a"});
  }
  void Run() override {
    Publish("a", A{});
    std::this_thread::sleep_for(std::chrono::seconds(1));
    // 5 warning blocking-call: `std::this_thread::sleep_for` holds up every task of the lane that runs `m::T`
    // note: cure: use Sleep()
    int status = 0;
    waitpid(-1, &status, 0);
    // 5 warning blocking-call: `waitpid`
    waitpid(-1, &status, WNOHANG);
    pollfd one{};
    poll(&one, 1, 0);
    poll(&one, 1, 100);
    // 5 warning blocking-call: `poll`
    std::string line;
    std::getline(std::cin, line);
    // 5 warning blocking-call: `std::getline`
    wait_for_it();
    std::thread other([] { sleep(1); });
    other.join();
    //    ^ warning blocking-call: `std::thread::join`
  }
  void wait_for_it() {
    std::future<int> answer;
    answer.get();
    //     ^ warning blocking-call: `std::future
    answer.wait_for(std::chrono::seconds(0));
    Sleep(std::chrono::seconds(1));
  }
};
MORT_TASK(T);

}  // namespace m
